package io.github.narthex;

import io.github.narthex.internal.torch.GeneratorHandle;
import java.lang.foreign.Arena;

/**
 * A source of random numbers that begins with a seed: what is drawn from it in the same order is
 * the same each time, and the same as from Python's {@code torch.Generator().manual_seed(seed)}.
 * libtorch's own, global generator is never used by this library's methods; nobody else's draws
 * disturb these.
 *
 * <p>{@link Tensors} draws tensors from it; {@link Value#of(Generator)} hands it to an operator
 * whose schema has a {@code Generator}, such as {@code aten::multinomial}. (Floating-point numbers
 * may differ in their last digits between processors, since libtorch has other code for each kind.)
 *
 * <p>It lives as long as its arena. Threads that may use that arena may draw at the same time;
 * which of them gets which numbers is then left to chance.
 */
public final class Generator {
  private final GeneratorHandle handle;
  private final long seed;

  private Generator(GeneratorHandle handle, long seed) {
    this.handle = handle;
    this.seed = seed;
  }

  /**
   * A generator for tensors on the CPU.
   *
   * @param seed of which libtorch uses the lower 32 bits
   * @throws IllegalStateException if the arena is closed
   * @throws WrongThreadException if the arena is confined to another thread
   */
  public static Generator seeded(Arena arena, long seed) {
    return new Generator(GeneratorHandle.seeded(arena, seed), seed);
  }

  /** The seed that it began with. For people: the format may change. */
  @Override
  public String toString() {
    return "Generator[seed=" + seed + "]";
  }

  GeneratorHandle handle() {
    return handle;
  }
}
