package io.github.narthex;

/** The version of this library. */
public final class Version {
  /** The version, as Maven has it. */
  public static final String NARTHEX = "0.1.0-SNAPSHOT";

  private Version() {}
}
