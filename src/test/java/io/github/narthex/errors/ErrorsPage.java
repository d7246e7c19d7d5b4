package io.github.narthex.errors;

import io.github.narthex.Fixtures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The messages that {@code docs/errors.md} lists: the first column of tables that say so. */
final class ErrorsPage {
  private static final Path FILE = Fixtures.path("../../../docs/errors.md");

  /** What stands for any words. */
  private static final String ANY = "…";

  private static final String HEADER = "| message |";

  /** A message, and the exception where it is named behind it. */
  private static final Pattern MESSAGE = Pattern.compile("`([^`]+)`(?: \\(`(\\w+)`\\))?");

  private ErrorsPage() {}

  /** A message as it stands there, and the name of the exception if it stands there too. */
  record Message(String text, @Nullable String exception) {
    /** Whether it is what was made, as one line. */
    boolean matches(String made) {
      return made.matches(parts().map(Pattern::quote).collect(Collectors.joining(".*")));
    }

    /** The most of it that is there to the letter. */
    String longestPart() {
      return parts().max(Comparator.comparingInt(String::length)).orElseThrow();
    }

    private Stream<String> parts() {
      return Arrays.stream(text.split(ANY, -1));
    }
  }

  /** The messages by the heading of their section. */
  static SequencedMap<String, List<Message>> read() throws IOException {
    SequencedMap<String, List<Message>> sections = new LinkedHashMap<>();
    String heading = "";
    boolean isListed = false;
    for (String line : Files.readAllLines(FILE)) {
      if (line.startsWith("## ")) {
        heading = line.substring(3);
      }
      isListed = line.startsWith(HEADER) || (isListed && line.startsWith("|"));
      if (isListed) {
        List<Message> messages = sections.computeIfAbsent(heading, _ -> new ArrayList<>());
        Matcher matcher = MESSAGE.matcher(line.substring(0, line.indexOf('|', 1)));
        while (matcher.find()) {
          messages.add(new Message(matcher.group(1), matcher.group(2)));
        }
      }
    }
    return sections;
  }
}
