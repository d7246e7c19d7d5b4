package io.github.narthex.internal.torch;

import io.github.narthex.internal.bindings.Narthex;
import java.util.ArrayList;
import java.util.List;

/**
 * What libtorch says of itself.
 *
 * @param build how it was built, many lines
 * @param threads the threads that it uses, many lines
 * @param cpuCapability the instruction set that its kernels are chosen by, such as AVX512
 * @param quantizedEngines its engines for quantised operators
 */
public record TorchInfo(
    String build, String threads, String cpuCapability, List<String> quantizedEngines) {
  /** The list is copied. */
  public TorchInfo {
    quantizedEngines = List.copyOf(quantizedEngines);
  }

  /**
   * Asks it.
   *
   * @throws io.github.narthex.NativeLibraryException if it can't be loaded
   */
  public static TorchInfo read() {
    NativeLibrary.require();
    try (CallFrame frame = new CallFrame(0, 1)) {
      Errors.check(Narthex.nx_torch_info(frame.results()));
      ValueReader info = frame.result(0);
      List<String> engines = new ArrayList<>();
      for (int i = 0; i < info.item(3).length(); i++) {
        engines.add(info.item(3).item(i).string());
      }
      return new TorchInfo(
          info.item(0).string(), info.item(1).string(), info.item(2).string(), engines);
    }
  }
}
