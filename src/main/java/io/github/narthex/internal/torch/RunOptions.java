package io.github.narthex.internal.torch;

import io.github.narthex.DType;
import io.github.narthex.MemoryFormat;
import io.github.narthex.internal.bindings.Narthex;
import io.github.narthex.internal.bindings.nx_run_options;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * How a module call runs.
 *
 * @param gradients which of libtorch's gradient modes it runs in
 * @param fuse whether graphs that it compiles go through the oneDNN Graph fuser
 * @param threads intra-op threads
 * @param dtype what floating inputs are cast to, and outputs back from; null leaves them
 * @param memoryFormat how 4-d floating inputs are laid out; outputs come back row-major
 */
public record RunOptions(
    Gradients gradients,
    boolean fuse,
    int threads,
    @Nullable DType dtype,
    MemoryFormat memoryFormat) {

  /** libtorch's modes of recording for gradients. */
  public enum Gradients {
    INFERENCE,
    NONE,
    RECORDED
  }

  MemorySegment write(Arena arena) {
    MemorySegment options = nx_run_options.allocate(arena);
    nx_run_options.grad_mode(
        options,
        switch (gradients) {
          case INFERENCE -> Narthex.NX_MODE_INFERENCE();
          case NONE -> Narthex.NX_MODE_NO_GRAD();
          case RECORDED -> Narthex.NX_MODE_GRAD();
        });
    nx_run_options.fuse(options, fuse ? 1 : 0);
    nx_run_options.threads(options, threads);
    nx_run_options.dtype(options, dtype == null ? 0 : Codes.of(dtype));
    nx_run_options.memory_format(options, Codes.of(memoryFormat));
    return options;
  }
}
