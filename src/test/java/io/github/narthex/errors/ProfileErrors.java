package io.github.narthex.errors;

import io.github.narthex.DType;
import io.github.narthex.DataPath;
import io.github.narthex.Dlpack;
import io.github.narthex.Dlpack.Format;
import io.github.narthex.Shape;
import io.github.narthex.Tensor;
import io.github.narthex.profile.MemoryWatch;
import io.github.narthex.profile.NvtxRanges;
import io.github.narthex.profile.Profiler;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

final class ProfileErrors extends ErrorCases {
  /** Where a versioned structure of DLPack has its flags; 1 is read-only. */
  private static final long FLAGS = 24;

  ProfileErrors(Arena arena, Path root) {
    super(arena, root);
    thrown(
        "a profiler is running already: close it before another starts",
        () -> {
          try (Profiler _ = Profiler.start()) {
            Profiler.start();
          }
        });
    thrown(
        "the profiler was stopped",
        () -> {
          try (Profiler profiler = Profiler.start()) {
            profiler.stop();
            profiler.stop();
          }
        });
    thrown("the range 'x' began on thread '…' and can't end on '…'", this::endRangeElsewhere);
    said(
        "can't write the trace …: there is no directory …",
        () ->
            told("profile", "mlp", "--quiet", "--trace", folder().resolve("no/t.json").toString()));
    thrown(
        "there are no kernels of a GPU to record: …",
        () -> Profiler.start(Profiler.Options.DEFAULT.withDevice()));
    thrown(
        "there is no NVTX to make ranges with: this libtorch is one without CUDA",
        NvtxRanges::start);
    thrown(
        "the data path is being recorded already: …",
        () -> {
          try (DataPath _ = DataPath.record()) {
            DataPath.record();
          }
        });
    thrown("memory is watched 16 times already: …", ProfileErrors::watchTooOften);
    thrown(
        "the tensor's memory is the caller's, and another library would not know until when: …",
        () -> Dlpack.of(Tensor.of(arena, arena.allocate(8, 8), DType.FLOAT32, Shape.of(2))));
    handedOver("expected DLPack version 1, got 9.…", 0, 9);
    handedOver("the elements are marked as read-only, …", FLAGS, 1);
    command(
        "bad value 'colour' of --group-by: expected one of operator, shape, module, range, kernel",
        "profile",
        "mlp",
        "--group-by",
        "colour");
  }

  private void endRangeElsewhere() throws Throwable {
    try (Profiler _ = Profiler.start();
        Profiler.Range range = Profiler.range("x")) {
      CompletableFuture.runAsync(range::close).get();
    } catch (ExecutionException e) {
      throw e.getCause();
    }
  }

  private static void watchTooOften() {
    List<MemoryWatch> watches = new ArrayList<>();
    try {
      for (int i = 0; i <= 16; i++) {
        watches.add(MemoryWatch.track());
      }
    } finally {
      watches.forEach(MemoryWatch::close);
    }
  }

  /** What another library made, with another number at a place. */
  private void handedOver(String message, long offset, int number) {
    thrown(
        message,
        () -> {
          try (Dlpack made = Dlpack.of(zeros(2))) {
            MemorySegment structure = made.address().reinterpret(FLAGS + Long.BYTES);
            structure.set(ValueLayout.JAVA_INT, offset, number);
            Dlpack.tensor(arena, made.address(), Format.VERSIONED);
          }
        });
  }
}
