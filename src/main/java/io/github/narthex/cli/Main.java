package io.github.narthex.cli;

import io.github.narthex.Version;

/** The command line's entry point. */
public final class Main {
  private Main() {}

  /**
   * Runs one command and ends the process with its exit code.
   *
   * @param arguments what the user typed after {@code narthex}
   */
  public static void main(String[] arguments) {
    System.out.println("narthex " + Version.NARTHEX);
    System.out.println("usage: narthex bench|run|inspect [OPTIONS]");
  }
}
