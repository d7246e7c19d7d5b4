package io.github.narthex.internal.torch;

import static java.lang.foreign.ValueLayout.ADDRESS;

import io.github.narthex.internal.bindings.Narthex;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** An {@code nx_generator}. */
public final class GeneratorHandle extends Handle {
  private GeneratorHandle(Arena arena, MemorySegment address) {
    super(arena, address, Narthex::nx_generator_free, "generator");
  }

  /** One on the CPU. */
  public static GeneratorHandle seeded(Arena arena, long seed) {
    Arenas.requireOpen(arena);
    try (Arena call = Arena.ofConfined()) {
      MemorySegment out = call.allocate(ADDRESS);
      Errors.check(Narthex.nx_generator_new(seed, out));
      return new GeneratorHandle(arena, out.get(ADDRESS, 0));
    }
  }
}
