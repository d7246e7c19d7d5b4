package io.github.narthex.check;

/**
 * One thing that a deployment should have.
 *
 * @param name what it is, in a word or two
 * @param found what there is
 * @param advice what to do, or how to find out; empty if there is nothing to do
 */
public record Item(String name, State state, String found, String advice) {
  /** Whether a deployment has it. */
  public enum State {
    /** It has. */
    MET("met"),
    /** It has not. */
    NOT_MET("not-met"),
    /** That cannot be known from the model and this machine. */
    UNKNOWN("unknown");

    private final String text;

    State(String text) {
      this.text = text;
    }

    /** The text in tables and files. */
    @Override
    public String toString() {
      return text;
    }
  }

  static Item met(String name, String found) {
    return new Item(name, State.MET, found, "");
  }

  /** It is met, and something could still be done. */
  static Item met(String name, String found, String advice) {
    return new Item(name, State.MET, found, advice);
  }

  static Item notMet(String name, String found, String advice) {
    return new Item(name, State.NOT_MET, found, advice);
  }

  static Item unknown(String name, String found, String advice) {
    return new Item(name, State.UNKNOWN, found, advice);
  }
}
