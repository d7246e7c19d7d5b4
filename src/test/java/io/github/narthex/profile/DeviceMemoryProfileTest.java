package io.github.narthex.profile;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.narthex.DType;
import io.github.narthex.LeakCheck;
import io.github.narthex.PretendDevice;
import io.github.narthex.Shape;
import io.github.narthex.Tensor;
import io.github.narthex.Tensors;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Memory of devices in profiles. */
@ExtendWith({PretendDevice.class, LeakCheck.class})
class DeviceMemoryProfileTest {
  /** What a device's own allocator tells of. */
  @Test
  void memoryOfDevicesIsNotThatOfTheHost() {
    try (Arena arena = Arena.ofConfined()) {
      Tensor there =
          Tensors.zeros(arena, DType.FLOAT32, Shape.of(1 << 20)).to(PretendDevice.DEVICE);
      Profile profile;
      try (Profiler profiler = Profiler.start(Profiler.Options.DEFAULT.withMemory())) {
        there.add(there);
        profile = profiler.stop();
      }
      List<ProfiledEvent> taken =
          profile.events().stream()
              .filter(event -> event.kind() == ProfiledEvent.Kind.MEMORY && event.bytes() > 1 << 20)
              .toList();
      assertEquals(1, taken.size(), taken::toString);
      assertEquals(0, taken.getFirst().deviceIndex());
      OperatorTable.Row add =
          profile.operators().rows().stream()
              .filter(row -> row.deviceTakenBytes() > 0)
              .findFirst()
              .orElseThrow();
      assertEquals(4L << 20, add.deviceTakenBytes());
      assertEquals(0, add.takenBytes());
    }
  }
}
