package io.github.narthex.cli;

/** What the process ends with. */
final class ExitCode {
  static final int OK = 0;

  /** A mistake in Narthex itself. */
  static final int INTERNAL = 1;

  /** The command line can't be understood. */
  static final int USAGE = 2;

  /** A model or input file is missing, damaged, of the wrong kind, or does not fit the other. */
  static final int INPUT = 3;

  /** The native library or libtorch can't be used. */
  static final int NATIVE = 4;

  /** The model could be loaded, but did not run. */
  static final int FAILED = 5;

  /** This machine or this libtorch can't do what was asked. */
  static final int UNSUPPORTED = 6;

  /** A result can't be written. */
  static final int OUTPUT = 7;

  /** Figures were asked to be stable, and are not. */
  static final int UNSTABLE = 8;

  /** A rule of a comparison is broken. */
  static final int RULE_BROKEN = 9;

  /** What was soaked grows beyond a limit. */
  static final int GROWS = 10;

  /** A deployment lacks something that it should have. */
  static final int NOT_MET = 11;

  /** Two models do not agree. */
  static final int DIFFERS = 12;

  static final String DESCRIPTION =
      """
      Exit codes:
        0  done
        1  internal error
        2  the command line can't be understood
        3  a model or input file is missing, damaged or of the wrong kind, or inputs do not fit
        4  the native library or libtorch can't be used
        5  the model was loaded but did not run, or ran out of memory
        6  this machine or this libtorch can't do what was asked
        7  a result can't be written
        8  figures were asked to be stable, and are not; they are written all the same; or a soak
           was too short to tell
        9  a rule of a comparison is broken
       10  memory, handles or latency of a soak grow
       11  something that a deployment should have is not met
       12  the answers of two models differ\
      """;

  private ExitCode() {}
}
