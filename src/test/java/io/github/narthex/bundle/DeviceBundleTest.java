package io.github.narthex.bundle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.narthex.Device;
import io.github.narthex.Devices;
import io.github.narthex.PretendDevice;
import io.github.narthex.PretendPackage;
import io.github.narthex.Tensor;
import io.github.narthex.UnsupportedException;
import io.github.narthex.bundle.Configuration.Run;
import io.github.narthex.models.Builtin;
import io.github.narthex.strategy.Threads;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bundles whose recipe names a device. */
@ExtendWith(PretendDevice.class)
class DeviceBundleTest {
  private static final Threads TWO = new Threads(1, 2);

  @TempDir Path directory;

  private static void answersLikeTheCpu(Bundle bundle) {
    try (Arena arena = Arena.ofConfined()) {
      float[] pixels = new float[784];
      for (int i = 0; i < 5; i++) {
        pixels[i] = i;
        Tensor input = Tensor.of(arena, pixels, 1, 784);
        Tensor answer = bundle.predict(arena, input);
        assertEquals(Device.CPU, answer.device());
        assertArrayEquals(
            Builtin.MLP.build(arena, 0).forward(arena, input).toFloatArray(),
            answer.toFloatArray(),
            1e-5f);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"gpu:kind=privateuseone", "gpu:kind=privateuseone:index=1+cudagraphs+freeze"})
  void itIsRunThere(String recipe) {
    Path path = Bundles.mlp(directory.resolve("bundle"), recipe, Run.of(Threads.of(1)));
    try (Bundle bundle = Bundle.open(path)) {
      assertTrue(bundle.spec().model().recipe().toString().contains("privateuseone"));
      answersLikeTheCpu(bundle);
    }
  }

  @Test
  void requestsAreJoinedThere() {
    Path path =
        Bundles.mlp(
            directory.resolve("bundle"),
            "gpu:kind=privateuseone+cudagraphs",
            new Run(1, 1, 4, null, null));
    try (Bundle bundle = Bundle.open(path)) {
      answersLikeTheCpu(bundle);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpu:kind=privateuseone", "gpu:kind=privateuseone:index=1+cudagraphs"})
  void aPackageIsRunWhereItWasCompiledFor(String recipe) throws IOException {
    Path path =
        Bundles.packagedFor(
            directory.resolve("bundle"), PretendPackage.in(directory), recipe, Run.of(TWO), "2x3");
    try (Bundle bundle = Bundle.open(path);
        Arena arena = Arena.ofConfined()) {
      for (int i = 0; i < 3; i++) {
        Tensor input = Tensor.of(arena, new float[] {i, 2, 3, 3, 2, i}, 2, 3);
        Tensor answer = bundle.predict(arena, input);
        assertEquals(Device.CPU, answer.device());
        assertArrayEquals(
            new float[] {i + 6.5f, 0, 3.5f + 2 * i, Math.max(0, 1.5f - i)},
            answer.toFloatArray(),
            1e-6f);
      }
    }
  }

  @Test
  void aPackageOfAnotherRecipeIsRefused() throws IOException {
    Path file = PretendPackage.in(directory);
    Path path = directory.resolve("bundle");
    UnsupportedException refused =
        assertThrows(
            UnsupportedException.class,
            () -> Bundles.packagedFor(path, file, "gpu:kind=privateuseone+bf16", Run.of(TWO)));
    assertTrue(
        String.valueOf(refused.getMessage()).contains("or gpu and cudagraphs"), refused::toString);
  }

  @Test
  void aDeviceThatIsNotThereIsSaid() {
    assumeTrue(Devices.count(Device.Type.XPU) == 0);
    Path path = Bundles.mlpFor(directory.resolve("bundle"), "gpu:kind=xpu", Run.UNSET);
    UnsupportedException missing =
        assertThrows(UnsupportedException.class, () -> Bundle.open(path).close());
    assertTrue(String.valueOf(missing.getMessage()).contains("xpu"), missing::toString);
  }
}
