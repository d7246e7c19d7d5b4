package io.github.narthex;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A package that was compiled for {@link PretendDevice}, by hand: {@code y = relu(x w' + b)}, with
 * {@code w} of 2 x 3 and {@code x} of n x 3, inside libtorch's own runtime for CUDA
 * (native/test/pretend/package).
 */
public final class PretendPackage {
  private static final String SPEC =
      """
      {"format": "narthex.package/1", "torch": "2.15.0", "models": {"model": {
        "device": "privateuseone", "isa": "native", "vector": "none", "cpu_features": [],
        "inputs": [{"name": "ARGS[0]", "parameter": "x", "dtype": "float32", "strides": null,
                    "shape": [{"name": "batch", "min": 1, "max": null}, 3]}],
        "fixed": [],
        "outputs": [{"name": "RESULT[0]", "dtype": "float32",
                     "shape": [{"name": "batch", "min": 1, "max": null}, 2]}],
        "constants": [{"name": "w", "dtype": "float32", "shape": [2, 3]},
                      {"name": "b", "dtype": "float32", "shape": [2]}],
        "replaceable": true, "mutates": [MUTATES], "options": {"threads": null},
        "source": "module", "accuracy": {"max_abs": 0.0, "max_rel": 0.0, "calls": 1}}}}
      """;

  private PretendPackage() {}

  /** In a directory. */
  public static Path in(Path directory) throws IOException {
    return of("package", "", directory);
  }

  /** One that reads its result on the host before it returns it, which no recording allows. */
  static Path reading(Path directory) throws IOException {
    return of("reading_package", "", directory);
  }

  /** One that says that calls change a buffer of its own. */
  static Path stateful(Path directory) throws IOException {
    return of("package", "\"b\"", directory);
  }

  private static Path of(String code, String mutates, Path directory) throws IOException {
    return new FakePackage()
        .metadata("privateuseone", "x86_64", "INVALID_VEC_ISA")
        .code(PretendDevice.library().resolveSibling("libnarthex_pretend_" + code + ".so"))
        .with("net/data/aotinductor/model/c.wrapper.cpp", "")
        .with("net/archive_format", "pt2")
        .spec(SPEC.replace("MUTATES", mutates))
        .in(directory);
  }

  /**
   * What it computes.
   *
   * @param x row by row
   * @param w the weights, row by row
   * @param b the bias
   */
  static float[] expected(float[] x, float[] w, float[] b) {
    float[] y = new float[x.length / 3 * 2];
    for (int i = 0; i < y.length; i++) {
      float sum = b[i % 2];
      for (int j = 0; j < 3; j++) {
        sum += x[i / 2 * 3 + j] * w[i % 2 * 3 + j];
      }
      y[i] = Math.max(0, sum);
    }
    return y;
  }
}
