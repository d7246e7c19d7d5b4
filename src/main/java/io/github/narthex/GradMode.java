package io.github.narthex;

/** What libtorch records for gradients while a model runs. */
public enum GradMode {
  /** Nothing, and no bookkeeping of versions and views either: the fastest, and the default. */
  INFERENCE,
  /** Nothing ({@code torch.no_grad()}). */
  NO_GRAD,
  /** Everything, as a careless caller has it. It costs time and memory and brings nothing here. */
  GRAD
}
