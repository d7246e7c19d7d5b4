package io.github.narthex.profile;

import java.util.List;

/**
 * What a profiler recorded.
 *
 * @param events of all threads, in no order
 * @param wallNanos how long it recorded
 * @param steps how many steps were recorded; 0 without {@link Profiler#step}
 */
public record Profile(List<ProfiledEvent> events, long wallNanos, long steps) {
  /** Nothing. */
  static final Profile EMPTY = new Profile(List.of(), 0, 0);

  /** The list is copied. */
  public Profile {
    events = List.copyOf(events);
  }

  /** The operators, each once, without regard to where they were called. */
  public OperatorTable operators() {
    return operators(OperatorTable.Grouping.OPERATOR);
  }

  /** The operators in groups. */
  public OperatorTable operators(OperatorTable.Grouping grouping) {
    return OperatorTable.of(this, grouping);
  }
}
