package io.github.narthex.internal.torch;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A native object that lives as long as an arena. The linker keeps the arena open while a call has
 * the segment as its argument; the address inside it says nothing to Java.
 */
abstract sealed class Handle
    permits TensorHandle,
        ModuleHandle,
        NvtxHandle,
        SessionHandle,
        TraceHandle,
        GeneratorHandle,
        OperatorTimesHandle,
        ProfilerHandle,
        MemoryWatchHandle,
        EventHandle {
  private final MemorySegment segment;
  private final String noun;

  /** The arena, where that is a session's. */
  private final @Nullable OutputArena outputs;

  /**
   * Takes over a native object; if the arena can't take it, it is freed.
   *
   * @param noun what messages call it, such as "tensor"
   */
  Handle(Arena arena, MemorySegment address, Consumer<MemorySegment> free, String noun) {
    this.noun = noun;
    this.outputs = arena instanceof OutputArena ofRun ? ofRun : null;
    Consumer<MemorySegment> end = HandleSites.ARE_NOTED ? HandleSites.note(noun, free) : free;
    try {
      this.segment = address.reinterpret(arena, end);
    } catch (RuntimeException e) {
      end.accept(address);
      throw e;
    }
  }

  /**
   * The native object, for a call.
   *
   * @throws IllegalStateException if the arena was closed
   * @throws WrongThreadException if the arena is another thread's
   */
  final MemorySegment segment() {
    if (!segment.scope().isAlive()) {
      String reason = outputs == null ? "its arena was closed" : outputs.reason();
      throw new IllegalStateException("the " + noun + " is closed: " + reason);
    }
    if (!segment.isAccessibleBy(Thread.currentThread())) {
      throw new WrongThreadException(
          "the "
              + noun
              + " belongs to a confined arena of another thread; use Arena.ofShared() to share it");
    }
    return segment;
  }

  /** Whether a thread other than the caller could close the arena during a call. */
  final boolean isShared() {
    return Arenas.isShared(segment);
  }
}
