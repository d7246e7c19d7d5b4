package io.github.narthex;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Calls of operators, of those that are not unsafe. */
final class BadOperatorCalls {
  /** By their place in the list, so that a seed means the same with each libtorch. */
  private final List<Optional<Operator>> operators = new ArrayList<>();

  BadOperatorCalls(Path lists) throws IOException {
    List<Pattern> unsafe =
        Files.readAllLines(lists.resolve("unsafe.txt")).stream()
            .filter(line -> !line.isEmpty() && !line.startsWith("#"))
            .map(line -> Pattern.compile("aten::(" + line.split(" ", 2)[0] + ")([.].*)?"))
            .toList();
    for (String name : Files.readAllLines(lists.resolve("operators.txt"))) {
      boolean isUnsafe = unsafe.stream().anyMatch(pattern -> pattern.matcher(name).matches());
      operators.add(isUnsafe ? Optional.empty() : find(name));
    }
  }

  /** Nothing if the list is that of a newer libtorch. */
  private static Optional<Operator> find(String name) {
    try {
      return Optional.of(Operator.of(name));
    } catch (UnsupportedException e) {
      return Optional.empty();
    }
  }

  private Operator any(BadArguments arguments) {
    Optional<Operator> operator;
    do {
      operator = arguments.oneOf(operators);
    } while (operator.isEmpty());
    return operator.get();
  }

  BadCall next(BadArguments arguments) {
    Operator operator = any(arguments);
    List<Value> values = new ArrayList<>();
    for (Operator.Parameter parameter : operator.parameters()) {
      if ((parameter.hasDefault() && arguments.oneIn(3)) || arguments.oneIn(40)) {
        break;
      }
      values.add(arguments.value(parameter.type()));
    }
    if (arguments.oneIn(40)) {
      values.add(arguments.value());
    }
    Arena arena = arguments.arena();
    return new BadCall(
        describe(operator, values), () -> operator.call(arena, values.toArray(Value[]::new)));
  }

  private static String describe(Operator operator, List<Value> values) {
    StringBuilder text = new StringBuilder(operator.name());
    for (Value value : values) {
      text.append(' ');
      try {
        text.append(value instanceof Value.OfTensor(Tensor tensor) ? tensor.info() : value);
      } catch (RuntimeException e) {
        text.append("a tensor that can't be used");
      }
    }
    return text.toString();
  }
}
