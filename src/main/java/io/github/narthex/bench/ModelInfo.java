package io.github.narthex.bench;

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
 */
public record ModelInfo(
    String name,
    String format,
    long parameters,
    long parameterBytes,
    long fileBytes,
    boolean randomWeights,
    boolean training,
    boolean stateful) {}
