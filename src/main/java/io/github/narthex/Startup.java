package io.github.narthex;

import io.github.narthex.internal.torch.NativeLibrary;

/** For programs that start often. */
public final class Startup {
  private Startup() {}

  /**
   * Says that this process is there for one command, such as a command-line tool's: to be called
   * first in {@code main}. Then Java links the first native calls on a daemon thread while {@code
   * main} goes on, and once libtorch is loaded the process ends without libtorch's destructors,
   * which take 60 ms and free what the operating system frees at once. Java's shutdown hooks run;
   * of native code that is to run at exit, only what was registered after libtorch was loaded.
   *
   * <p>Loads nothing by itself, and throws nothing. It can't be taken back; any thread may call it.
   */
  public static void forOneCommand() {
    NativeLibrary.forOneCommand();
  }
}
