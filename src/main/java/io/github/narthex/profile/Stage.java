package io.github.narthex.profile;

import java.util.Locale;

/** A stage of answering a request, in their order. */
public enum Stage {
  /** Bytes become numbers: an image is decoded, a file is read. */
  DECODE,
  /** Numbers become what the model takes: scaled, normalised, made into tokens. */
  PREPROCESS,
  /** Numbers get into the model's input tensors. */
  COPY_IN,
  /** The model runs. */
  FORWARD,
  /** Numbers get out of the model's output tensors. */
  COPY_OUT,
  /** Numbers become an answer. */
  POSTPROCESS;

  /** As a report calls it, such as {@code copy in}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
