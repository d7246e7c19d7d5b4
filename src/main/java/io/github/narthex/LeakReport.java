package io.github.narthex;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/**
 * Native objects that remain of a piece of work.
 *
 * @param remaining how many more there are than before it, by kind as {@link LiveHandles#byKind}
 *     has them; without kinds of which there are no more
 * @param sites where they were made; empty unless {@link LiveHandles#knowsSites}
 */
public record LeakReport(SequencedMap<String, Long> remaining, List<HandleSite> sites) {
  /** Both are copied. */
  public LeakReport {
    remaining = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(remaining));
    sites = List.copyOf(sites);
  }

  /** Whether nothing remains. */
  public boolean isEmpty() {
    return remaining.isEmpty();
  }

  /** What remains and where it was made, over several lines; or how to find out where. */
  @Override
  public String toString() {
    if (isEmpty()) {
      return "no native objects remain";
    }
    String counts =
        remaining.entrySet().stream()
            .map(LeakReport::counted)
            .collect(Collectors.joining(", ", "native objects remain: ", ""));
    return sites.isEmpty()
        ? counts + "; " + LiveHandles.sitesFlag() + " shows where they were made"
        : counts
            + sites.stream().map(HandleSite::toString).collect(Collectors.joining("\n", "\n", ""));
  }

  private static String counted(Map.Entry<String, Long> kind) {
    String name = kind.getKey();
    return kind.getValue() + " " + (kind.getValue() == 1 ? singular(name) : name);
  }

  private static String singular(String name) {
    return name.substring(0, name.length() - 1);
  }
}
