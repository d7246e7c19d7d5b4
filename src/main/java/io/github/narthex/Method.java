package io.github.narthex;

import java.util.List;

/**
 * A method of a model.
 *
 * @param name such as {@code forward}
 * @param arguments in their order, without self
 * @param schema the whole signature in TorchScript's notation
 */
public record Method(String name, List<Argument> arguments, String schema) {
  /** Copies the list. */
  public Method {
    arguments = List.copyOf(arguments);
  }

  /**
   * A parameter of a method.
   *
   * @param name as the model's code has it
   * @param type in TorchScript's notation, such as {@code Tensor} or {@code Optional[int]}
   * @param hasDefault whether it may be left out
   */
  public record Argument(String name, String type, boolean hasDefault) {}
}
