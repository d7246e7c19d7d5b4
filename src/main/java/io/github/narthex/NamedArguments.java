package io.github.narthex;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Brings arguments by position and by name into the order of the parameters. */
final class NamedArguments {
  private NamedArguments() {}

  /**
   * The arguments in order, null for one that is left out before others.
   *
   * @param callee what is called, for messages
   * @param parameters their names
   * @throws IllegalArgumentException if a name is unknown or given twice
   */
  static List<? extends @Nullable Value> arrange(
      String callee, List<String> parameters, List<Value> given, Map<String, Value> named) {
    List<@Nullable Value> values = new ArrayList<>(given);
    named.forEach(
        (name, value) -> {
          int index = parameters.indexOf(name);
          if (index < 0) {
            throw new IllegalArgumentException(
                "%s has no parameter '%s', it has: %s"
                    .formatted(
                        callee,
                        name,
                        parameters.isEmpty() ? "none" : String.join(", ", parameters)));
          }
          if (index < given.size()) {
            throw new IllegalArgumentException(
                "%s: argument '%s' is given by position and by name".formatted(callee, name));
          }
          while (values.size() <= index) {
            values.add(null);
          }
          values.set(index, value);
        });
    return values;
  }
}
