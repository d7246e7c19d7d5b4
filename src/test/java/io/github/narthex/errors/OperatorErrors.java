package io.github.narthex.errors;

import io.github.narthex.Operator;
import io.github.narthex.Tensor;
import io.github.narthex.Trace;
import io.github.narthex.Value;
import io.github.narthex.Weights;
import java.lang.foreign.Arena;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

final class OperatorErrors extends ErrorCases {
  OperatorErrors(Arena arena, Path root) {
    super(arena, root);
    thrown("libtorch has no operator topk: did you mean aten::topk?", () -> Operator.of("topk"));
    thrown(
        "libtorch has no operator aten::lt without an overload, it has: aten::lt.Scalar, …",
        () -> Operator.of("aten::lt"));
    thrown(
        "aten::topk has no parameter 'K', it has: self, k, dim, …",
        () ->
            Operator.of("aten::topk")
                .call(arena, List.of(Value.of(zeros(3))), Map.of("K", Value.of(1))));
    thrown(
        "aten::topk: argument 'k' (int) is missing; …",
        () -> Operator.of("aten::topk").call(arena, Value.of(zeros(3))));
    thrown(
        "The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 1"
            + " (aten::add.Tensor called with float32 2x3, float32 4)",
        () -> zeros(2, 3).add(zeros(4)));
    thrown(
        "\"…\" not implemented for 'Long' (aten::softmax.int called with int64 3)",
        () -> whole().softmax(0));
    thrown(
        "result type Float can't be cast to the desired output type Long …",
        () -> whole().addInPlace(0.5));
    thrown(
        "aten::add_.Tensor would write to 'self', which is a constant for the trace: …",
        () -> {
          Tensor constant = zeros(3);
          Trace.of(arena, new Weights(), in -> List.of(constant.addInPlace(in.input(0))), zeros(3));
        });
    thrown("expected an int, long, float or double, got a …", () -> whole().add(BigInteger.ONE));
  }

  private Tensor whole() {
    return Tensor.of(arena, new long[] {1, 2, 3}, 3);
  }
}
