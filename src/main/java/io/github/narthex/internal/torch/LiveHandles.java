package io.github.narthex.internal.torch;

import io.github.narthex.internal.bindings.Narthex;

/** Counts of native objects that are alive: what a leak test compares. */
public record LiveHandles(
    long errors, long tensors, long modules, long sessions, long traces, long generators) {
  /** Counts now. */
  public static LiveHandles now() {
    NativeLibrary.require();
    return new LiveHandles(
        Narthex.nx_live_handles(Narthex.NX_HANDLE_ERROR()),
        Narthex.nx_live_handles(Narthex.NX_HANDLE_TENSOR()),
        Narthex.nx_live_handles(Narthex.NX_HANDLE_MODULE()),
        Narthex.nx_live_handles(Narthex.NX_HANDLE_SESSION()),
        Narthex.nx_live_handles(Narthex.NX_HANDLE_TRACE()),
        Narthex.nx_live_handles(Narthex.NX_HANDLE_GENERATOR()));
  }
}
