package io.github.narthex.internal.text;

/** Versions such as {@code 2.15.0+cpu}. */
public final class Versions {
  private Versions() {}

  /** Compares major and minor versions, as {@link Integer#compare} does. */
  public static int compareMinor(String version, String other) {
    int[] one = numbers(version);
    int[] two = numbers(other);
    return one[0] == two[0] ? Integer.compare(one[1], two[1]) : Integer.compare(one[0], two[0]);
  }

  private static int[] numbers(String version) {
    String[] parts = version.split("[^0-9]+", 3);
    return parts.length < 2 || parts[0].isEmpty() || parts[1].isEmpty()
        ? new int[] {0, 0}
        : new int[] {Integer.parseInt(parts[0]), Integer.parseInt(parts[1])};
  }
}
