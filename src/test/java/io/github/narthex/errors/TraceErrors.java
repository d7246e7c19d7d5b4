package io.github.narthex.errors;

import io.github.narthex.Tensor;
import io.github.narthex.Trace;
import io.github.narthex.Traced;
import io.github.narthex.Weights;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;

final class TraceErrors extends ErrorCases {
  TraceErrors(Arena arena, Path root) {
    super(arena, root);
    said(
        "item() of a traced tensor at …(TraceErrors.java:…): what Java computes of it becomes a"
            + " constant of the model",
        () -> decidedOnce().warnings().getFirst());
    thrown(
        "the traced model does not compute what the Java code does, for float32 1: output 0 is off"
            + " by 2…",
        () -> decidedOnce().check(1e-3, Tensor.of(arena, new float[] {-2}, 1)));
  }

  /** The value of an element decides in Java what is computed. */
  private Traced decidedOnce() {
    return Trace.of(
        arena,
        new Weights(),
        in -> List.of(in.input(0).item() > 0 ? in.input(0).relu() : in.input(0)),
        Tensor.of(arena, new float[] {1}, 1));
  }
}
