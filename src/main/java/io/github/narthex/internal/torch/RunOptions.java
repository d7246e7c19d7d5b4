package io.github.narthex.internal.torch;

import io.github.narthex.DType;
import io.github.narthex.Device;
import io.github.narthex.GpuSwitch;
import io.github.narthex.GradMode;
import io.github.narthex.MemoryFormat;
import io.github.narthex.internal.bindings.Narthex;
import io.github.narthex.internal.bindings.nx_run_options;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How a module call runs.
 *
 * @param gradMode what it records for gradients
 * @param fuser which form of the model's code runs
 * @param chosenThreads intra-op threads that were asked for; 0 for as many as there are processors
 * @param dtype what floating inputs are cast to, and outputs back from; null leaves them
 * @param memoryFormat how 4-d floating inputs are laid out; outputs come back row-major
 * @param flushDenormals whether denormal numbers are taken for zero
 * @param onDevice what is for devices other than the CPU
 */
public record RunOptions(
    GradMode gradMode,
    Fuser fuser,
    int chosenThreads,
    @Nullable DType dtype,
    MemoryFormat memoryFormat,
    boolean flushDenormals,
    OnDevice onDevice) {

  /** More are refused: OpenMP ends the process when it can't start one. */
  public static final int MAX_THREADS = Math.max(256, Runtime.getRuntime().availableProcessors());

  /** As a model runs that nobody has asked for more. */
  public static final RunOptions STANDARD =
      new RunOptions(
          GradMode.INFERENCE, Fuser.NONE, 0, null, MemoryFormat.PRESERVE, false, OnDevice.STANDARD);

  /** Intra-op threads. A device has its work from one. */
  public int threads() {
    if (chosenThreads != 0) {
      return chosenThreads;
    }
    return onDevice.isFedByOneThread() ? 1 : Runtime.getRuntime().availableProcessors();
  }

  /** Whether a call changes what it is given: its dtype, its layout, or where it is. */
  public boolean adaptsInputs() {
    return dtype != null || memoryFormat != MemoryFormat.PRESERVE || onDevice.hostInputs() != null;
  }

  /** These, with that gradient mode. */
  public RunOptions with(GradMode changed) {
    return new RunOptions(
        changed, fuser, chosenThreads, dtype, memoryFormat, flushDenormals, onDevice);
  }

  /** These, in that form. */
  public RunOptions with(Fuser changed) {
    return new RunOptions(
        gradMode, changed, chosenThreads, dtype, memoryFormat, flushDenormals, onDevice);
  }

  /** These, with so many intra-op threads. */
  public RunOptions withThreads(int changed) {
    return new RunOptions(gradMode, fuser, changed, dtype, memoryFormat, flushDenormals, onDevice);
  }

  /** These, for a model that was converted to that dtype. */
  public RunOptions with(DType changed) {
    return new RunOptions(
        gradMode, fuser, chosenThreads, changed, memoryFormat, flushDenormals, onDevice);
  }

  /** These, for a model that was converted to that memory format. */
  public RunOptions with(MemoryFormat changed) {
    return new RunOptions(gradMode, fuser, chosenThreads, dtype, changed, flushDenormals, onDevice);
  }

  /** These, without denormal numbers. */
  public RunOptions flushingDenormals() {
    return new RunOptions(gradMode, fuser, chosenThreads, dtype, memoryFormat, true, onDevice);
  }

  /** These, on a stream; none is the default stream of the device. */
  public RunOptions on(@Nullable StreamId stream) {
    return with(onDevice.with(stream));
  }

  /** These, for a model on that device that is given inputs on the host. */
  public RunOptions fromHostTo(Device device) {
    return with(onDevice.with(device));
  }

  /** These, where sessions record their first run. */
  public RunOptions recording() {
    return with(onDevice.recording());
  }

  /** These, with those switches in place of others. */
  public RunOptions with(Set<GpuSwitch> switches) {
    return with(onDevice.with(switches));
  }

  private RunOptions with(OnDevice changed) {
    return new RunOptions(
        gradMode, fuser, chosenThreads, dtype, memoryFormat, flushDenormals, changed);
  }

  MemorySegment write(SegmentAllocator memory) {
    MemorySegment options = nx_run_options.allocate(memory);
    nx_run_options.grad_mode(
        options,
        switch (gradMode) {
          case INFERENCE -> Narthex.NX_MODE_INFERENCE();
          case NO_GRAD -> Narthex.NX_MODE_NO_GRAD();
          case GRAD -> Narthex.NX_MODE_GRAD();
        });
    nx_run_options.fuse(options, fuser.code());
    nx_run_options.threads(options, threads());
    nx_run_options.dtype(options, dtype == null ? 0 : Codes.of(dtype));
    nx_run_options.memory_format(options, Codes.of(memoryFormat));
    nx_run_options.flush_denormals(options, flushDenormals ? 1 : 0);
    onDevice.write(options, memory);
    return options;
  }
}
