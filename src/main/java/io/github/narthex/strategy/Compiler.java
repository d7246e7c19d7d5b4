package io.github.narthex.strategy;

import io.github.narthex.Compilation;
import io.github.narthex.InputException;
import io.github.narthex.Model;
import io.github.narthex.NarthexException;
import io.github.narthex.UnsupportedException;
import io.github.narthex.io.Samples;
import java.lang.foreign.Arena;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Compiles a model with a backend, and where that can't be done with the next one: oneDNN Graph,
 * then TorchScript, then as it is. The first sample shows whether it can.
 */
final class Compiler {
  /** From the fastest to the one that always works. */
  enum Backend {
    ONEDNN,
    TORCHSCRIPT,
    EAGER;

    static Backend of(Step step) {
      return valueOf(step.get("backend").toUpperCase(Locale.ROOT));
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** What is run twice is compiled: the first call looks at the inputs, the second compiles. */
  private static final int CALLS_TO_COMPILE = 2;

  private final Backend backend;
  private final boolean fullgraph;
  private final boolean dynamic;
  private final @Nullable Samples samples;
  private final Consumer<String> notes;

  /**
   * A compiler.
   *
   * @param samples null if there are none; then what only shows in a call is not known
   * @param notes is told what was compiled, and why something was not
   */
  Compiler(Step step, @Nullable Samples samples, Consumer<String> notes) {
    this.backend = Backend.of(step);
    this.fullgraph = step.isSet("fullgraph");
    this.dynamic = step.isSet("dynamic");
    this.samples = samples;
    this.notes = notes;
  }

  Model compile(Arena arena, Model model) {
    List<Backend> chain = List.copyOf(EnumSet.range(backend, Backend.EAGER));
    for (int i = 0; i < chain.size(); i++) {
      try (Arena trial = Arena.ofConfined()) {
        return compile(chain.get(i), trial, model).keep(arena);
      } catch (InputException e) {
        throw e;
      } catch (NarthexException e) {
        if (fullgraph || i == chain.size() - 1) {
          throw e;
        }
        notes.accept(
            "%s is not used, but %s: %s".formatted(chain.get(i), chain.get(i + 1), e.getMessage()));
      }
    }
    throw new AssertionError("the last backend returns or throws");
  }

  private Model compile(Backend with, Arena arena, Model model) {
    return switch (with) {
      case ONEDNN -> fused(arena, model);
      case TORCHSCRIPT -> {
        Model frozen = model.freeze(arena);
        call(frozen, 1);
        yield frozen;
      }
      case EAGER -> {
        call(model, 1);
        yield model;
      }
    };
  }

  private Model fused(Arena arena, Model model) {
    if (dynamic) {
      throw new UnsupportedException(
          "oneDNN Graph compiles for one shape of inputs at a time, dynamic=true asks for code that"
              + " does for all");
    }
    Recipe.of(Strategy.ONEDNN_GRAPH)
        .obstacle(Machine.current())
        .ifPresent(
            reason -> {
              throw new UnsupportedException(reason);
            });
    Model fused = model.freeze(arena).withOneDnnGraph();
    call(fused, CALLS_TO_COMPILE);
    List<Compilation> compilations = fused.compilations();
    if (!compilations.isEmpty()) {
      check(compilations.getLast());
    }
    return fused;
  }

  private void check(Compilation made) {
    if (made.parts() == 0) {
      throw new UnsupportedException(
          "oneDNN Graph finds nothing in it that it could compile, such as float32 or bfloat16"
              + " convolutions and matrix products");
    }
    if (fullgraph && !made.others().isEmpty()) {
      throw new UnsupportedException(
          "fullgraph=true: %d operators stay outside of what oneDNN Graph compiles: %s"
              .formatted(otherCount(made), others(made)));
    }
    notes.accept(text(made));
  }

  static String text(Compilation made) {
    String outside =
        made.others().isEmpty()
            ? ""
            : "; outside of them %d: %s".formatted(otherCount(made), others(made));
    return "compiled for %s and %d threads in %.0f ms: %d operators in %d kernels%s"
        .formatted(
            made.inputs(),
            made.threads(),
            made.milliseconds(),
            made.compiled(),
            made.parts(),
            outside);
  }

  private static long otherCount(Compilation made) {
    return made.others().values().stream().mapToLong(Long::longValue).sum();
  }

  private static String others(Compilation made) {
    return made.others().entrySet().stream()
        .map(other -> other.getKey() + (other.getValue() == 1 ? "" : " x " + other.getValue()))
        .collect(Collectors.joining(", "));
  }

  private void call(Model model, int times) {
    Samples given = samples;
    if (given == null || given.count() == 0) {
      return;
    }
    try (Arena scratch = Arena.ofConfined()) {
      var sample = given.sample(scratch, 0);
      for (int i = 0; i < times; i++) {
        model.call(scratch, "forward", List.of(), sample);
      }
    }
  }
}
