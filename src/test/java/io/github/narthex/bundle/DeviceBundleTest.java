package io.github.narthex.bundle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.narthex.Device;
import io.github.narthex.Devices;
import io.github.narthex.PretendDevice;
import io.github.narthex.Tensor;
import io.github.narthex.UnsupportedException;
import io.github.narthex.bundle.Configuration.Run;
import io.github.narthex.models.Builtin;
import io.github.narthex.strategy.Threads;
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

  @Test
  void aDeviceThatIsNotThereIsSaid() {
    assumeTrue(Devices.count(Device.Type.XPU) == 0);
    Path path = Bundles.mlpFor(directory.resolve("bundle"), "gpu:kind=xpu", Run.UNSET);
    UnsupportedException missing =
        assertThrows(UnsupportedException.class, () -> Bundle.open(path).close());
    assertTrue(String.valueOf(missing.getMessage()).contains("xpu"), missing::toString);
  }
}
