package io.github.narthex;

import io.github.narthex.internal.torch.NativeLibrary;

/** The native heap, in which libtorch's CPU tensors lie. */
public final class NativeMemory {
  private NativeMemory() {}

  /**
   * The C library's heap. What it does not say is -1.
   *
   * @param inUseBytes what was taken and not given back, large blocks with it
   * @param fromSystemBytes what the operating system has given it
   */
  public record Heap(long inUseBytes, long fromSystemBytes) {}

  /**
   * The heap now. It takes some microseconds for each of the C library's arenas.
   *
   * @throws NativeLibraryException if libtorch can't be loaded
   */
  public static Heap heap() {
    long[] bytes = NativeLibrary.heap();
    return new Heap(bytes[0], bytes[1]);
  }

  /**
   * Gives what is free in the heap back to the operating system. The C library keeps much of what
   * was freed, and large blocks with a strict alignment, as tensors are, it hardly finds again:
   * after a model was closed, or after work with many large intermediate tensors, this can bring
   * hundreds of megabytes. It takes milliseconds; what is allocated next is slower by as much.
   *
   * @throws NativeLibraryException if libtorch can't be loaded
   */
  public static void trim() {
    NativeLibrary.trimMemory();
  }
}
