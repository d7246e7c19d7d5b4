package io.github.narthex.internal.text;

import java.util.Collection;
import java.util.Optional;

/** Finds what somebody may have meant. */
public final class Suggestion {
  private Suggestion() {}

  /** The end of a sentence that names the most similar word, or nothing if none is similar. */
  public static String among(Collection<String> words, String word) {
    return nearest(words, word).map(best -> "; did you mean " + best + "?").orElse("");
  }

  /** The most similar word, if one is similar enough to be what was meant. */
  public static Optional<String> nearest(Collection<String> words, String word) {
    Optional<String> best = Optional.empty();
    int least = Math.max(2, word.length() / 3) + 1;
    for (String candidate : words) {
      int distance =
          candidate.startsWith(word) && word.length() > 2 ? 1 : distance(word, candidate);
      if (distance < least) {
        least = distance;
        best = Optional.of(candidate);
      }
    }
    return best;
  }

  /** How many letters must be added, removed, replaced or swapped with their neighbour. */
  static int distance(String from, String to) {
    int[][] costs = new int[from.length() + 1][to.length() + 1];
    for (int i = 0; i <= from.length(); i++) {
      for (int j = 0; j <= to.length(); j++) {
        if (i == 0 || j == 0) {
          costs[i][j] = i + j;
          continue;
        }
        int replaced = costs[i - 1][j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        costs[i][j] = Math.min(replaced, 1 + Math.min(costs[i - 1][j], costs[i][j - 1]));
        if (i > 1
            && j > 1
            && from.charAt(i - 1) == to.charAt(j - 2)
            && from.charAt(i - 2) == to.charAt(j - 1)) {
          costs[i][j] = Math.min(costs[i][j], costs[i - 2][j - 2] + 1);
        }
      }
    }
    return costs[from.length()][to.length()];
  }
}
