package io.github.narthex;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Memory that no one can touch unnoticed: pages without access lie on both sides, and it is
 * unmapped as soon as its arena is closed. Who reads or writes beyond it, or after that, ends the
 * process.
 */
final class GuardedMemory {
  private static final long PAGE = 4096;
  private static final int READ_WRITE = 1 | 2;
  private static final int PRIVATE_ANONYMOUS = 2 | 0x20;

  private static final MethodHandle MAP =
      function(
          "mmap",
          FunctionDescriptor.of(
              JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
  private static final MethodHandle PROTECT =
      function("mprotect", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
  private static final MethodHandle UNMAP =
      function("munmap", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));

  private GuardedMemory() {}

  /** Its last byte is the last one before a guard page. */
  static MemorySegment atEnd(Arena arena, long byteSize) {
    return allocate(arena, byteSize, roundUp(byteSize) - byteSize);
  }

  /** Its first byte is the first one after a guard page. */
  static MemorySegment atStart(Arena arena, long byteSize) {
    return allocate(arena, byteSize, 0);
  }

  private static MemorySegment allocate(Arena arena, long byteSize, long offset) {
    long usable = roundUp(byteSize);
    long mapped = usable + 2 * PAGE;
    try {
      long base = (long) MAP.invokeExact(0L, mapped, 0, PRIVATE_ANONYMOUS, -1, 0L);
      if (base == -1 || (int) PROTECT.invokeExact(base + PAGE, usable, READ_WRITE) != 0) {
        throw new AssertionError("mmap failed");
      }
      return MemorySegment.ofAddress(base + PAGE + offset)
          .reinterpret(byteSize, arena, ignored -> unmap(base, mapped));
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  private static void unmap(long base, long mapped) {
    try {
      if ((int) UNMAP.invokeExact(base, mapped) != 0) {
        throw new AssertionError("munmap failed");
      }
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  private static long roundUp(long byteSize) {
    return (byteSize + PAGE - 1) / PAGE * PAGE;
  }

  private static MethodHandle function(String name, FunctionDescriptor descriptor) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().find(name).orElseThrow(), descriptor);
  }
}
