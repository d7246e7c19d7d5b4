package io.github.narthex;

import java.util.List;

/** A network as Java code, which can be traced and can be run as it is. */
@FunctionalInterface
public interface TraceFunction {
  /** Computes the outputs of the operands alone: the same each time. */
  List<Tensor> apply(Operands operands);
}
