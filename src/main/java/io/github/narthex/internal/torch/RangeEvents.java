package io.github.narthex.internal.torch;

/** Ranges in a recording; a class of its own, which is not loaded without one. */
final class RangeEvents {
  private RangeEvents() {}

  static boolean areWanted() {
    return RangeEvent.isWanted();
  }

  /** Begins one; what is returned ends it. */
  static Runnable begin(String name) {
    RangeEvent event = new RangeEvent();
    event.range = name;
    event.begin();
    return event::commit;
  }
}
