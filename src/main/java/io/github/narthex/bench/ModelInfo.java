package io.github.narthex.bench;

import java.util.List;

/**
 * The model that was measured.
 *
 * @param name the file, or the built-in's name
 * @param format for example {@code torchscript} or {@code builtin}
 * @param parameters how many numbers its parameters hold
 * @param parameterBytes how many bytes they take
 * @param fileBytes the size of its file, or of the one that a built-in is saved to
 * @param randomWeights whether its weights are random, so that its answers mean nothing
 * @param training whether it was saved in training mode
 * @param stateful whether it changes its own state
 * @param packageOptions how it was loaded, if it is a package and something was said of that, as
 *     {@link PackageOptions#parse} reads it
 */
public record ModelInfo(
    String name,
    String format,
    long parameters,
    long parameterBytes,
    long fileBytes,
    boolean randomWeights,
    boolean training,
    boolean stateful,
    List<String> packageOptions) {
  /** The list is copied. */
  public ModelInfo {
    packageOptions = List.copyOf(packageOptions);
  }

  /** A model of whose loading nothing was said. */
  public ModelInfo(
      String name,
      String format,
      long parameters,
      long parameterBytes,
      long fileBytes,
      boolean randomWeights,
      boolean training,
      boolean stateful) {
    this(
        name,
        format,
        parameters,
        parameterBytes,
        fileBytes,
        randomWeights,
        training,
        stateful,
        List.of());
  }
}
