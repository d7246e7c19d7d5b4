package io.github.narthex.internal.torch;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import io.github.narthex.internal.bindings.Narthex;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Parts of a module, each a module.
 *
 * @param stages in their order
 * @param parts what each has of the whole, from 0 to 1
 */
public record ModuleSplit(List<ModuleHandle> stages, List<Double> parts) {
  /**
   * Splits a module into stages.
   *
   * @param shares how much each stage is to have, in proportion
   * @param frame arguments to take times with; null to go by the weights' bytes
   */
  public static ModuleSplit of(
      Arena arena,
      ModuleHandle module,
      double[] shares,
      RunOptions options,
      @Nullable CallFrame frame) {
    Arenas.requireOpen(arena);
    try (Scratch call = Scratch.open()) {
      MemorySegment out = call.allocate(ADDRESS, shares.length);
      MemorySegment parts = call.allocate(JAVA_DOUBLE, shares.length);
      Errors.check(
          Narthex.nx_module_split(
              module.segment(),
              call.allocateFrom(JAVA_DOUBLE, shares),
              shares.length,
              options.write(call),
              frame == null ? MemorySegment.NULL : frame.arguments(),
              frame == null ? -1 : frame.argumentCount(),
              kept(frame, 0),
              kept(frame, 1),
              kept(frame, 2),
              kept(frame, 3),
              out,
              parts));
      List<Double> got = Arrays.stream(parts.toArray(JAVA_DOUBLE)).boxed().toList();
      return new ModuleSplit(stages(arena, out, shares.length, module.name()), got);
    }
  }

  private static MemorySegment kept(@Nullable CallFrame frame, int index) {
    return frame == null ? MemorySegment.NULL : frame.kept(index);
  }

  /** Takes over modules; where the arena can't take one, the rest are freed. */
  private static List<ModuleHandle> stages(
      Arena arena, MemorySegment modules, int count, String name) {
    List<ModuleHandle> stages = new ArrayList<>();
    int taken = 0;
    try {
      while (taken < count) {
        MemorySegment module = modules.getAtIndex(ADDRESS, taken++);
        String part = "%s, stage %d of %d".formatted(name, taken, count);
        stages.add(new ModuleHandle(arena, module, part));
      }
      return List.copyOf(stages);
    } finally {
      for (; taken < count; taken++) {
        Narthex.nx_module_free(modules.getAtIndex(ADDRESS, taken));
      }
    }
  }
}
