package io.github.narthex;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What it took to compile a model for inputs of one shape, see {@link Model#compilations}.
 *
 * @param inputs dtypes and shapes of the inputs, for people
 * @param threads the intra-op threads that it was compiled for
 * @param milliseconds the time of the two calls that compile, in which the model also ran
 * @param parts how many kernels were made
 * @param compiled how many operators these compute
 * @param others the operators that compute outside of them, by their names, and how many; what only
 *     looks at a tensor in another way is not counted
 */
public record Compilation(
    String inputs,
    int threads,
    double milliseconds,
    long parts,
    long compiled,
    SortedMap<String, Long> others) {
  /** The map is copied. */
  public Compilation {
    others = Collections.unmodifiableSortedMap(new TreeMap<>(others));
  }
}
