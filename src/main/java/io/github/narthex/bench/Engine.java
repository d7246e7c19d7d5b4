package io.github.narthex.bench;

import java.util.List;

/** What a worker runs; the way to libtorch, or a stand-in for it. Used by one thread. */
interface Engine extends AutoCloseable {
  /** Writes what all workers need. */
  Protocol.Prepared prepare(Protocol.Prepare request);

  /** Loads a model, applies a recipe and binds the inputs, so that {@link #forward} can run. */
  void load(Protocol.Load request);

  /** Runs the loaded model once. */
  void forward();

  /**
   * Runs the loaded model on each set of inputs.
   *
   * @return for each set, the files that its outputs were written to
   */
  List<List<String>> outputs(Protocol.Outputs request);

  @Override
  void close();
}
