package io.github.narthex;

import io.github.narthex.internal.torch.HandleKind;

/**
 * Counts of the native objects that are alive in this process, by kind: what shows a leak. An
 * object is alive until its arena is closed, or collected; results that a session holds between two
 * runs count too. Work that is repeated and closes its arenas leaves the counts as they were.
 *
 * <p>Memory is not in proportion to counts: two tensors may share theirs, and a closed model's
 * weights stay as long as a tensor or another model holds them.
 *
 * @param errors failures on their way to Java; none when no thread is inside a call
 * @param tensors tensors, and segments that were made of tensors
 * @param models models
 * @param sessions sessions
 * @param traces traces
 * @param generators generators of random numbers
 * @param recordings recordings of operator times, profilers, ranges and memory watches
 */
public record LiveHandles(
    long errors,
    long tensors,
    long models,
    long sessions,
    long traces,
    long generators,
    long recordings) {
  /**
   * Counts now, of all arenas and threads. Any thread may ask; while others work, the numbers need
   * not be of one moment.
   *
   * @throws NativeLibraryException if libtorch can't be loaded
   */
  public static LiveHandles now() {
    return new LiveHandles(
        HandleKind.ERROR.live(),
        HandleKind.TENSOR.live(),
        HandleKind.MODULE.live(),
        HandleKind.SESSION.live(),
        HandleKind.TRACE.live(),
        HandleKind.GENERATOR.live(),
        HandleKind.RECORDING.live());
  }
}
