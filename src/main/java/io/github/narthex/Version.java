package io.github.narthex;

import io.github.narthex.internal.torch.NativeLibrary;

/** The versions of this library and of the libtorch that it runs on, and where it is. */
public final class Version {
  /** The version of Narthex, as Maven has it. */
  public static final String NARTHEX = "0.1.0-SNAPSHOT";

  private Version() {}

  /**
   * The native library's file, and what named it in brackets. Does not load it.
   *
   * @throws NativeLibraryException if it can't be found
   */
  public static String nativeLibrary() {
    return NativeLibrary.location();
  }

  /**
   * The version of the interface between these classes and the native library. Loads it.
   *
   * @throws NativeLibraryException if it can't be loaded
   */
  public static int nativeInterface() {
    return NativeLibrary.interfaceVersion();
  }

  /**
   * The version of libtorch, for example {@code 2.15.0}. Loads it.
   *
   * @throws NativeLibraryException if libtorch can't be loaded
   */
  public static String libtorch() {
    return NativeLibrary.libtorchVersion();
  }
}
