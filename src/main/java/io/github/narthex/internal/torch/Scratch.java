package io.github.narthex.internal.torch;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Native memory for the time of one call. Most calls need a few hundred bytes: those come from a
 * block that is handed on from call to call, since the C library and an arena for each would cost
 * as much as a small operator. What does not fit lies in an arena of its own. Used by one thread.
 */
final class Scratch implements SegmentAllocator, AutoCloseable {
  private static final int BLOCK_BYTES = 4096;
  private static final int ALIGNMENT = 16;

  /** Blocks that nobody uses. Threads look for theirs in different places. */
  private static final AtomicReferenceArray<@Nullable MemorySegment> FREE =
      new AtomicReferenceArray<>(64);

  private final int slot;
  private final MemorySegment block;
  private long used;
  private @Nullable Arena arena;

  private Scratch(int slot, MemorySegment block) {
    this.slot = slot;
    this.block = block;
  }

  /** Takes a free block, or makes one. */
  static Scratch open() {
    int slot = (int) Thread.currentThread().threadId() & (FREE.length() - 1);
    MemorySegment free = FREE.getAndSet(slot, null);
    // Collected where its slot turns out to be taken again.
    return new Scratch(slot, free == null ? Arena.ofAuto().allocate(BLOCK_BYTES, ALIGNMENT) : free);
  }

  /** Zeroed memory, until this is closed. */
  @Override
  public MemorySegment allocate(long byteSize, long byteAlignment) {
    long start = (used + byteAlignment - 1) & -byteAlignment;
    if (byteAlignment > ALIGNMENT || byteSize > BLOCK_BYTES - start) {
      return arena().allocate(byteSize, byteAlignment);
    }
    used = start + byteSize;
    return block.asSlice(start, byteSize).fill((byte) 0);
  }

  /**
   * Text as C has it.
   *
   * @throws IllegalArgumentException if it has a character of zero, where C would end it
   */
  @Override
  public MemorySegment allocateFrom(String text) {
    if (text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(
          "'%s' has a character of zero after '%s'"
              .formatted(text.replace("\0", "\\0"), text.substring(0, text.indexOf('\0'))));
    }
    return SegmentAllocator.super.allocateFrom(text);
  }

  /** An arena that is closed with this. */
  Arena arena() {
    Arena open = arena;
    if (open == null) {
      open = Arena.ofConfined();
      arena = open;
    }
    return open;
  }

  @Override
  public void close() {
    if (arena != null) {
      arena.close();
    }
    FREE.setRelease(slot, block);
  }
}
