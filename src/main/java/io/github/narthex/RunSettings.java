package io.github.narthex;

import io.github.narthex.internal.torch.Fuser;
import java.util.Optional;
import java.util.Set;

/** How a model is run: the same model each time, with another setting. */
public sealed interface RunSettings permits Model {
  /** The same model, run in that gradient mode. */
  default Model withGradMode(GradMode mode) {
    return self().with(self().options().with(mode));
  }

  /**
   * The same model, its graphs compiled by the oneDNN Graph fuser. It is meant for a {@linkplain
   * Model#freeze frozen} model, and not for what {@link Model#optimizeForInference} returns; it
   * takes the place of {@link #withPrepackedWeights}. The first two calls with inputs of a new
   * shape compile and take long; {@link Model#compilations} tells of them. The code of 32 shapes is
   * kept, of those used last.
   */
  default Model withOneDnnGraph() {
    self().requireScript("fused");
    return self().with(self().options().with(Fuser.ONEDNN_GRAPH));
  }

  /**
   * The same model, run with the weights of its convolutions and linear layers in the layouts that
   * oneDNN's kernels want, where that pays, and with additions and activations that follow computed
   * along with them. It is meant for a {@linkplain Model#freeze frozen} model, which stays as it is
   * and can be saved; it takes the place of {@link Model#withOneDnnGraph}. Nothing is compiled: the
   * first call, and for convolutions the first one with inputs of another size, brings weights into
   * such a layout, which takes some milliseconds and the memory of the weights once more, for all
   * models that share them; what is written to the weights later has no effect. Convolutions leave
   * their results channels last for the next layer; what the model returns lies row by row. Where
   * libtorch was built without oneDNN, calls are an {@link UnsupportedException}.
   */
  default Model withPrepackedWeights() {
    self().requireScript("prepacked");
    return self().with(self().options().with(Fuser.PREPACKED));
  }

  /**
   * The same model, run with denormal numbers (below 1.2e-38 in float32) taken for zero, on all
   * threads that work for a call and only during it. Processors need a hundred times as long for
   * them, which shows in models that decay towards zero: recurrent ones, filters. x86-64 only:
   * elsewhere calls are an {@link UnsupportedException}.
   */
  default Model withFlushedDenormals() {
    return self().with(self().options().flushingDenormals());
  }

  /**
   * The same model, run with so many intra-op threads. The default is the number of processors that
   * the JVM may use. One thread runs in place, so that several callers run side by side; more than
   * one run on the library's compute thread, one call at a time.
   *
   * @throws IllegalArgumentException if {@code threads} is less than 1, or more than {@link
   *     Model#MAX_THREADS}
   */
  default Model withThreads(int threads) {
    if (threads < 1 || threads > Model.MAX_THREADS) {
      throw new IllegalArgumentException(
          "threads must be from 1 to %d, got %d".formatted(Model.MAX_THREADS, threads));
    }
    return self().with(self().options().withThreads(threads));
  }

  /**
   * The same model, run on a stream: calls and sessions enqueue their work there and return while
   * it goes on. The model and its inputs are on the stream's device. Unless {@link #withThreads}
   * says otherwise, the work is enqueued by the calling thread.
   */
  default Model withStream(Stream stream) {
    return self().with(self().options().on(stream.id()));
  }

  /** The stream that it runs on; empty for the default stream of its device. */
  default Optional<Stream> stream() {
    return Optional.ofNullable(self().options().onDevice().stream()).map(Stream::named);
  }

  /**
   * The same model, which is on a device, run on inputs in host memory: they are copied to the
   * device, and outputs come back to the host, so that a call is as one on the CPU and has ended
   * when it returns. Inputs that are on the device already stay there; if all are, so do outputs.
   *
   * @param device where the model is
   */
  default Model withHostInputs(Device device) {
    return self().with(self().options().fromHostTo(device));
  }

  /**
   * The same model, whose sessions record their first run on a device and replay it, see {@link
   * Session#record}; a session of which that can't be done runs as others do, and {@link
   * Session#whyNotRecorded} says why. Single calls are as they were.
   */
  default Model withRecordedRuns() {
    return self().with(self().options().recording());
  }

  /**
   * The same model, run with these switches of libtorch's on, and no others of its own. They make a
   * difference on NVIDIA's GPUs only. A model that was traced in Python says itself, in each of its
   * convolutions, what these are to do: for them {@link GpuSwitch#CUDNN_BENCHMARK} and {@link
   * GpuSwitch#TF32} are as they were in Python then.
   */
  default Model withGpuSwitches(Set<GpuSwitch> switches) {
    return self().with(self().options().with(switches));
  }

  /** The intra-op threads that it runs with. */
  default int threads() {
    return self().options().threads();
  }

  private Model self() {
    return (Model) this;
  }
}
