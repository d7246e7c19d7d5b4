package io.github.narthex.bench;

import io.github.narthex.OperatorTimes;
import java.nio.file.Path;
import java.util.List;

/**
 * What a worker runs; the way to libtorch, or a stand-in for it. Used by one thread, save that
 * {@link #forward} is called for different instances by different threads.
 */
interface Engine extends AutoCloseable {
  /** Writes what all workers need. */
  Protocol.Prepared prepare(Protocol.Prepare request);

  /**
   * Loads a model, applies a recipe and binds the inputs, so that {@link #forward} can run.
   *
   * @return what a user should know of it, a line each
   */
  List<String> load(Protocol.Load request);

  /**
   * Runs the loaded model once.
   *
   * @param instance from 0; one that is not used by another thread now
   */
  void forward(int instance);

  /** What operators take, of all instances, while {@code forwards} runs. */
  OperatorTimes profile(Runnable forwards);

  /**
   * Reads samples into memory, which {@link #forward(int, long)} takes in turn.
   *
   * @param samples for each, the files of its inputs; one at least
   * @return how many there was room for, the first ones; 1 at least
   */
  int hold(List<List<String>> samples);

  /**
   * Runs the loaded model once on one of the samples that are held.
   *
   * @param instance as for {@link #forward(int)}
   * @param request from 0; how many there were before it
   */
  void forward(int instance, long request);

  /**
   * Runs the loaded model on each set of inputs, in the first instance.
   *
   * @return for each set, the files that its outputs were written to
   */
  List<List<String>> outputs(Protocol.Outputs request);

  /**
   * Saves the loaded model as it is run.
   *
   * @return the bytes of the file
   */
  long save(Path file);

  /** The most that libtorch had of the device that the model runs on; 0 if that is the CPU. */
  long peakDeviceBytes();

  @Override
  void close();
}
