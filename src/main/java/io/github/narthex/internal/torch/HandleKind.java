package io.github.narthex.internal.torch;

import io.github.narthex.internal.bindings.Narthex;

/** The kinds of native objects, as the shim counts them. */
public enum HandleKind {
  ERROR,
  TENSOR,
  MODULE,
  SESSION,
  TRACE,
  GENERATOR,
  RECORDING,
  DEVICE;

  /** How many are alive. */
  public long live() {
    NativeLibrary.require();
    return Narthex.nx_live_handles(
        switch (this) {
          case ERROR -> Narthex.NX_HANDLE_ERROR();
          case TENSOR -> Narthex.NX_HANDLE_TENSOR();
          case MODULE -> Narthex.NX_HANDLE_MODULE();
          case SESSION -> Narthex.NX_HANDLE_SESSION();
          case TRACE -> Narthex.NX_HANDLE_TRACE();
          case GENERATOR -> Narthex.NX_HANDLE_GENERATOR();
          case RECORDING -> Narthex.NX_HANDLE_RECORDING();
          case DEVICE -> Narthex.NX_HANDLE_DEVICE();
        });
  }
}
