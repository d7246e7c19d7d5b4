package io.github.narthex.profile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.DType;
import io.github.narthex.LeakCheck;
import io.github.narthex.Model;
import io.github.narthex.PretendDevice;
import io.github.narthex.Shape;
import io.github.narthex.Tensor;
import io.github.narthex.Tensors;
import io.github.narthex.UnsupportedException;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Ranges of a NVTX that counts them. */
@ExtendWith({PretendDevice.class, LeakCheck.class})
class NvtxRangesTest {
  @Test
  void operatorsAndRangesAreRangesOfNvtx() {
    PretendDevice.offerNvtx(true);
    try (Arena arena = Arena.ofConfined()) {
      Model model = Model.script(arena, "def forward(self, x):\n  return x * 2 + 1");
      Tensor x = Tensors.zeros(arena, DType.FLOAT32, Shape.of(4));
      for (int threads : List.of(1, 2)) { // in place, and on the compute thread
        Model run = model.withThreads(threads);
        long before = PretendDevice.nvtxRanges();
        run.forward(arena, x);
        try (Profiler.Range _ = Profiler.range("alone")) {
          assertEquals(before, PretendDevice.nvtxRanges());
        }
        try (NvtxRanges _ = NvtxRanges.start()) {
          assertThrows(IllegalStateException.class, NvtxRanges::start);
          try (Profiler.Range _ = Profiler.range("mine")) {
            assertEquals(before + 1, PretendDevice.nvtxRanges());
            assertEquals(1, PretendDevice.openNvtxRanges());
            run.forward(arena, x);
          }
          assertTrue(PretendDevice.nvtxRanges() >= before + 3, "mul and add");
          assertEquals(0, PretendDevice.openNvtxRanges());
        }
        long after = PretendDevice.nvtxRanges();
        run.forward(arena, x);
        assertEquals(after, PretendDevice.nvtxRanges());
      }
    }
  }

  @Test
  void rangesOfNvtxMayOutliveIt() {
    PretendDevice.offerNvtx(true);
    NvtxRanges ranges = NvtxRanges.start();
    Profiler.Range open = Profiler.range("longer");
    ranges.close();
    ranges.close();
    assertEquals(1, PretendDevice.openNvtxRanges());
    open.close();
    assertEquals(0, PretendDevice.openNvtxRanges());
  }

  @Test
  void withoutCudaThereIsNoNvtx() {
    UnsupportedException missing = assertThrows(UnsupportedException.class, NvtxRanges::start);
    assertEquals(
        "there is no NVTX to make ranges with: this libtorch is one without CUDA",
        missing.getMessage());
  }
}
