package io.github.narthex.internal.torch;

import io.github.narthex.internal.bindings.Narthex;
import io.github.narthex.internal.bindings.nx_value;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The arguments and results of one downcall, in native memory that is freed with the frame.
 *
 * <p>Tensors go into the arguments as bare addresses, which the linker does not see. A confined
 * arena can only be closed by the thread that is in the call; a shared one could be closed by
 * another, so one tensor of each shared arena is passed along ({@code keep}) for the linker to
 * hold.
 */
public final class CallFrame implements AutoCloseable {
  private static final int KEEP_LIMIT = 4;

  private final Arena arena = Arena.ofConfined();
  private final MemorySegment arguments;
  private final MemorySegment results;
  private final int argumentCount;
  private final int resultCount;
  private final MemorySegment[] kept = new MemorySegment[KEEP_LIMIT];
  private int keptCount;

  /** A frame for so many arguments and results. */
  public CallFrame(int argumentCount, int resultCount) {
    this.argumentCount = argumentCount;
    this.resultCount = resultCount;
    this.arguments = nx_value.allocateArray(argumentCount, arena);
    this.results = nx_value.allocateArray(resultCount, arena);
  }

  /** Writes the index-th argument. */
  public ValueWriter argument(int index) {
    return new ValueWriter(this, nx_value.asSlice(arguments, index));
  }

  /** Reads the index-th result. */
  public ValueReader result(int index) {
    return new ValueReader(nx_value.asSlice(results, index));
  }

  /** Frees what the results point to (not their tensors), and the frame. */
  @Override
  public void close() {
    if (resultCount > 0) {
      Narthex.nx_value_clear(results, resultCount);
    }
    arena.close();
  }

  Arena arena() {
    return arena;
  }

  MemorySegment arguments() {
    return arguments;
  }

  int argumentCount() {
    return argumentCount;
  }

  MemorySegment results() {
    return results;
  }

  /** Keeps the handle's arena open during the call. */
  void keep(Handle handle) {
    MemorySegment segment = handle.segment();
    if (!handle.isShared()) {
      return;
    }
    for (int i = 0; i < keptCount; i++) {
      if (kept[i].scope().equals(handle.scope())) {
        return;
      }
    }
    if (keptCount == KEEP_LIMIT) {
      throw new IllegalArgumentException(
          "one call takes tensors of at most "
              + KEEP_LIMIT
              + " different shared arenas; bring them into one arena with keep");
    }
    kept[keptCount++] = segment;
  }

  MemorySegment kept(int index) {
    return index < keptCount ? kept[index] : MemorySegment.NULL;
  }
}
