package io.github.narthex;

/**
 * What it took to compile a model for inputs of one shape, see {@link Model#compilations}.
 *
 * @param inputs dtypes and shapes of the inputs, for people
 * @param threads the intra-op threads that it was compiled for
 * @param milliseconds the time of the two calls that compile, in which the model also ran
 */
public record Compilation(String inputs, int threads, double milliseconds) {}
