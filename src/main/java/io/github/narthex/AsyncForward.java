package io.github.narthex;

import java.lang.foreign.Arena;
import java.util.concurrent.CompletableFuture;

/** Calls that are waited for later: the host goes on while a device works. */
public sealed interface AsyncForward permits Model {
  /**
   * Calls {@code forward} with tensors, for a model that returns one, and returns when the work is
   * enqueued; the future completes when the device has done it. The tensor can be used before:
   * whatever uses it on a device waits for it there, and reading it waits on the host. On the CPU,
   * and with {@linkplain Model#withHostInputs inputs on the host}, the call itself takes as long as
   * the work.
   *
   * <p>Results of calls on one stream come in order; {@link Model#withStream} names others.
   *
   * @param results owns the resulting tensor; closing it before the future completes is no harm
   * @return completes with the tensor, or with an {@link OperatorException} if the device fails
   * @throws OperatorException if the model's code fails before anything is enqueued; also as {@link
   *     Model#forward(Arena, Tensor...)}
   */
  default CompletableFuture<Tensor> forwardAsync(Arena results, Tensor... inputs) {
    Model model = (Model) this;
    Tensor result = model.forward(results, inputs);
    Device device = result.device();
    if (device.isCpu()) {
      return CompletableFuture.completedFuture(result);
    }
    Arena waiting = Arena.ofShared();
    try {
      Event done = Event.untimed(waiting, device);
      done.record(model.stream().orElseGet(() -> Stream.defaultOf(device)));
      return CompletableFuture.supplyAsync(
          () -> {
            try (waiting) {
              done.synchronize();
              return result;
            }
          },
          DeviceWaits.THREADS);
    } catch (RuntimeException | Error e) {
      waiting.close();
      throw e;
    }
  }
}
