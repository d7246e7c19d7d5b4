package io.github.narthex.io;

import io.github.narthex.InputException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The file {@code labels.csv} of a directory of samples: lines of a file's name and a class. */
final class SampleLabels {
  static final String HEADER = "file,label";

  private static final String BYTE_ORDER_MARK = "\ufeff";

  private record Label(int value, int line) {}

  private final Path file;
  private final Map<String, Label> labels = new HashMap<>();

  private SampleLabels(Path file) {
    this.file = file;
  }

  /**
   * Reads the labels.
   *
   * @param names of the samples, without {@code .npy}
   * @return one for each, in their order
   * @throws InputException if the file can't be read; if a line has no file or no whole number from
   *     0; if a file is not there, has two labels or has none
   */
  static List<Integer> read(Path file, List<String> names) {
    SampleLabels labels = new SampleLabels(file);
    List<String> lines = lines(file);
    Set<String> samples = new HashSet<>(names);
    for (int i = 0; i < lines.size(); i++) {
      String line = i == 0 ? withoutMark(lines.get(i)) : lines.get(i);
      boolean isHeader = i == 0 && line.replace(" ", "").equalsIgnoreCase(HEADER);
      if (!isHeader && !line.isBlank()) {
        labels.add(line, i + 1, samples);
      }
    }
    return labels.of(names);
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (CharacterCodingException e) {
      throw new InputException(file + ": expected text in UTF-8, found other bytes", "", e);
    } catch (IOException e) {
      throw new InputException("can't read " + file + ": " + e.getMessage(), "", e);
    }
  }

  private static String withoutMark(String line) {
    return line.startsWith(BYTE_ORDER_MARK) ? line.substring(BYTE_ORDER_MARK.length()) : line;
  }

  /** A name may have commas; a label has none. */
  private void add(String line, int number, Set<String> samples) {
    int comma = line.lastIndexOf(',');
    if (comma < 0) {
      throw bad(number, "expected a file and its label, such as cat.npy,7, found " + quote(line));
    }
    String sample = unquoted(line.substring(0, comma).strip());
    String text = line.substring(comma + 1).strip();
    String end = SampleFolders.SAMPLE_END;
    String name = sample.endsWith(end) ? sample.substring(0, sample.length() - end.length()) : "";
    if (!samples.contains(name)) {
      throw bad(number, "there is no sample " + quote(sample));
    }
    Label label = new Label(value(text, number), number);
    @Nullable Label before = labels.putIfAbsent(name, label);
    if (before != null) {
      throw bad(number, sample + " has a label already, in line " + before.line());
    }
  }

  private int value(String text, int line) {
    try {
      int value = Integer.parseInt(text);
      if (value >= 0) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Said below, in the same words as for a negative number.
    }
    throw bad(
        line, "expected the number of a class, from 0, after the last comma, found " + quote(text));
  }

  private List<Integer> of(List<String> names) {
    List<Integer> values = new ArrayList<>();
    for (String name : names) {
      Label label = labels.get(name);
      if (label == null) {
        throw new InputException(
            "%s: there is no label for %s; of %d samples, %d have one"
                .formatted(file, name + SampleFolders.SAMPLE_END, names.size(), labels.size()));
      }
      values.add(label.value());
    }
    return List.copyOf(values);
  }

  private InputException bad(int line, String reason) {
    return new InputException("%s, line %d: %s".formatted(file, line, reason));
  }

  private static String quote(String text) {
    return "'" + MappedFile.quote(text) + "'";
  }

  /** As RFC 4180 has it. */
  private static String unquoted(String cell) {
    return cell.length() >= 2 && cell.startsWith("\"") && cell.endsWith("\"")
        ? cell.substring(1, cell.length() - 1).replace("\"\"", "\"")
        : cell;
  }

  /** A line of such a file. */
  static String line(String name, int label) {
    String cell = name + SampleFolders.SAMPLE_END;
    return (cell.matches("[^\"]*") ? cell : '"' + cell.replace("\"", "\"\"") + '"') + "," + label;
  }
}
