package io.github.narthex.profile.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.profile.Profile;
import io.github.narthex.profile.ProfiledEvent;
import java.util.List;
import org.junit.jupiter.api.Test;

class DeviceUseTest {
  private static ProfiledEvent event(
      ProfiledEvent.Kind kind, String name, long startNanos, long durationNanos) {
    return new ProfiledEvent(kind, name, startNanos, durationNanos, 7, 0, null, null, 0, 0, 0);
  }

  @Test
  void kernelsThatOverlapCountOnce() {
    ProfiledEvent.Kind device = ProfiledEvent.Kind.DEVICE;
    Profile profile =
        new Profile(
            List.of(
                event(ProfiledEvent.Kind.OPERATOR, "aten::mm", 0, 900),
                event(
                    device,
                    "sm90_xmma_gemm_bf16bf16_bf16f32_tn_n_tilesize128x128x64_wgmma",
                    100,
                    300),
                event(device, "elementwise_kernel", 300, 100),
                event(device, "Memcpy HtoD", 700, 200)),
            1000,
            1);
    DeviceUse use = DeviceUse.of(profile).orElseThrow();
    assertEquals(0.5, use.busyShare(), 1e-9);
    assertEquals(0.5, use.tensorCoreShare(), 1e-9);
  }

  @Test
  void withoutGpuThereIsNone() {
    assertTrue(
        DeviceUse.of(
                new Profile(List.of(event(ProfiledEvent.Kind.OPERATOR, "aten::mm", 0, 9)), 10, 1))
            .isEmpty());
  }
}
