package io.github.narthex.internal.torch;

import io.github.narthex.internal.bindings.Narthex;
import io.github.narthex.internal.bindings.nx_value;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.List;

/**
 * The arguments and results of one downcall, in native memory that is freed with the frame.
 *
 * <p>Tensors go into the arguments as bare addresses, which the linker does not see. A confined
 * arena can only be closed by the thread that is in the call; a shared one could be closed by
 * another, so one tensor of each shared arena is passed along ({@code kept}) for the linker to
 * hold. Where that has no room, the frame takes a handle of its own.
 */
public final class CallFrame implements AutoCloseable {
  private static final int KEEP_LIMIT = 4;

  private final Scratch memory = Scratch.open();
  private final MemorySegment arguments;
  private final MemorySegment results;
  private final int argumentCount;
  private final int resultCount;
  private final boolean binds;
  private final List<MemorySegment> kept = new ArrayList<>(0); // most calls have none

  /** A frame for so many arguments and results. */
  public CallFrame(int argumentCount, int resultCount) {
    this(argumentCount, resultCount, false);
  }

  /** A frame for a call that does not compute with its arguments but keeps them. */
  public static CallFrame binding(int argumentCount) {
    return new CallFrame(argumentCount, 0, true);
  }

  private CallFrame(int argumentCount, int resultCount, boolean binds) {
    this.binds = binds;
    this.argumentCount = argumentCount;
    this.resultCount = resultCount;
    this.arguments = nx_value.allocateArray(argumentCount, memory);
    this.results = nx_value.allocateArray(resultCount, memory);
  }

  /** Writes the index-th argument. */
  public ValueWriter argument(int index) {
    return new ValueWriter(this, nx_value.asSlice(arguments, index));
  }

  /** Reads the index-th result. */
  public ValueReader result(int index) {
    return new ValueReader(nx_value.asSlice(results, index));
  }

  /** Frees what the results point to, the tensors that were not taken, and the frame. */
  @Override
  public void close() {
    boolean isCleared = true;
    for (int i = 0; i < resultCount; i++) {
      ValueReader result = result(i);
      result.freeTensors();
      isCleared &= !result.ownsMemory();
    }
    if (!isCleared) {
      Narthex.nx_value_clear(results, resultCount);
    }
    memory.close();
  }

  /** Memory that is freed with the frame. */
  SegmentAllocator memory() {
    return memory;
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

  /** The generator's address, which nobody can free during the call. */
  long hold(GeneratorHandle generator) {
    MemorySegment segment = generator.segment();
    if (generator.isShared() && !keep(segment)) {
      throw new IllegalArgumentException(
          "the call already takes tensors of "
              + KEEP_LIMIT
              + " other shared arenas: make the generator in one of those");
    }
    return segment.address();
  }

  /** The tensor's address, which nobody can free during the call. */
  long hold(TensorHandle tensor) {
    MemorySegment segment = tensor.segment();
    if (!tensor.isShared() || (!binds && keep(segment))) {
      return segment.address();
    }
    // A handle of its own holds libtorch's memory, but not a caller's.
    if (!binds && tensor.isBorrowed()) {
      throw new IllegalArgumentException(
          "one call takes tensors over segments of at most "
              + KEEP_LIMIT
              + " different shared arenas; pass copies of some");
    }
    return tensor.share(memory.arena()).segment().address();
  }

  /** Keeps the segment's arena open during the call, if there is room. */
  private boolean keep(MemorySegment segment) {
    if (segment.scope().equals(Arena.global().scope())) {
      return true;
    }
    for (MemorySegment other : kept) {
      if (other.scope().equals(segment.scope())) {
        return true;
      }
    }
    return kept.size() < KEEP_LIMIT && kept.add(segment);
  }

  MemorySegment kept(int index) {
    return index < kept.size() ? kept.get(index) : MemorySegment.NULL;
  }
}
