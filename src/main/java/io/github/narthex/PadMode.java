package io.github.narthex;

import java.util.Locale;

/** What a border is made of. */
public enum PadMode {
  /** The elements in opposite order, without the outermost. */
  REFLECT,
  /** The outermost element. */
  REPLICATE,
  /** The elements of the other side. */
  CIRCULAR;

  /** The name in lower case, as libtorch has it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
