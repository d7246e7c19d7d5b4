package io.github.narthex;

import io.github.narthex.internal.torch.CallFrame;
import io.github.narthex.internal.torch.NativeLibrary;
import io.github.narthex.internal.torch.ValueReader;
import java.util.ArrayList;
import java.util.List;

/**
 * What libtorch says of itself. The texts are for people: their form is libtorch's, and changes.
 *
 * @param build how it was built and with what, many lines
 * @param threads the threads that it uses and what they are told by, many lines
 * @param cpuCapability the instruction set that its kernels are chosen by, such as {@code AVX512}
 * @param quantizedEngines its engines for quantised operators, such as {@code FBGEMM}
 */
public record LibtorchInfo(
    String build, String threads, String cpuCapability, List<String> quantizedEngines) {
  /** The list is copied. */
  public LibtorchInfo {
    quantizedEngines = List.copyOf(quantizedEngines);
  }

  /**
   * Asks the libtorch of this process, which it loads.
   *
   * @throws NativeLibraryException if it can't be loaded
   */
  public static LibtorchInfo read() {
    NativeLibrary.require();
    try (CallFrame frame = new CallFrame(0, 1)) {
      NativeLibrary.describe(frame);
      ValueReader info = frame.result(0);
      List<String> engines = new ArrayList<>();
      for (int i = 0; i < info.item(3).length(); i++) {
        engines.add(info.item(3).item(i).string());
      }
      return new LibtorchInfo(
          info.item(0).string(), info.item(1).string(), info.item(2).string(), engines);
    }
  }
}
