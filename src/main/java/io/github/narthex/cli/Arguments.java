package io.github.narthex.cli;

import io.github.narthex.internal.text.Suggestion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A parsed command line.
 *
 * @param positional what are no options
 * @param options the values of each option that was given; a flag has one empty value
 */
record Arguments(List<String> positional, Map<String, List<String>> options) {
  private static final String END_OF_OPTIONS = "--";

  /**
   * Parses {@code --name value}, {@code --name=value} and {@code --flag} in any order; what follows
   * {@code --} is no option.
   *
   * @throws UsageException if an option is unknown, lacks its value, has an empty one, has one that
   *     it does not take, or is repeated; or if there are too few or too many arguments
   */
  static Arguments parse(CommandSpec spec, List<String> words) {
    List<String> positional = new ArrayList<>();
    Map<String, List<String>> options = new LinkedHashMap<>();
    boolean optionsEnded = false;
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      if (optionsEnded || !word.startsWith("-") || word.equals("-")) {
        positional.add(word);
        continue;
      }
      if (word.equals(END_OF_OPTIONS)) {
        optionsEnded = true;
        continue;
      }
      int equals = word.indexOf('=');
      String name = equals < 0 ? word : word.substring(0, equals);
      Option option = find(spec, name);
      String value = equals < 0 ? null : word.substring(equals + 1);
      if (option.value() == null) {
        if (value != null) {
          throw new UsageException("option " + name + " takes no value");
        }
        value = "";
      } else if (value == null) {
        if (i + 1 == words.size() || words.get(i + 1).startsWith("--")) {
          throw new UsageException("option " + name + " needs a value: " + option.value());
        }
        value = words.get(++i);
      }
      if (option.value() != null && value.isEmpty()) {
        throw new UsageException(
            "option " + name + " needs a value, found an empty one: " + option.value());
      }
      List<String> values = options.computeIfAbsent(option.name(), key -> new ArrayList<>());
      if (!values.isEmpty() && !option.repeatable() && option.value() != null) {
        throw new UsageException("option " + name + " is given twice");
      }
      values.add(value);
    }
    return new Arguments(List.copyOf(positional), options);
  }

  /**
   * Checks the number of arguments that are no options.
   *
   * @throws UsageException if it is wrong
   */
  void checkCount(CommandSpec spec) {
    if (positional.size() > spec.maxArguments()) {
      throw new UsageException("unexpected argument '" + positional.get(spec.maxArguments()) + "'");
    }
    if (positional.size() < spec.minArguments()) {
      throw new UsageException(spec.name() + " needs " + spec.arguments());
    }
  }

  /** Whether an option was given. */
  boolean has(String name) {
    return options.containsKey(name);
  }

  /** An option's value, or null if it was not given. */
  @Nullable String value(String name) {
    List<String> values = options.get(name);
    return values == null ? null : values.getLast();
  }

  /** An option's value, or another if it was not given. */
  String value(String name, String otherwise) {
    String value = value(name);
    return value == null ? otherwise : value;
  }

  /** All values of an option in their order. */
  List<String> values(String name) {
    return options.getOrDefault(name, List.of());
  }

  /**
   * An option's value as a whole number.
   *
   * @throws UsageException if it is none, or less than {@code least} or more than {@code most}
   */
  long number(String name, long otherwise, long least, long most) {
    String text = value(name);
    return text == null ? otherwise : number(name, text, least, most);
  }

  /**
   * A text as a whole number.
   *
   * @param name of the option, for the message
   * @throws UsageException if it is none, or less than {@code least} or more than {@code most}
   */
  static long number(String name, String text, long least, long most) {
    try {
      long value = Long.parseLong(text);
      if (value >= least && value <= most) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Said below, in the same words as for a number out of range.
    }
    throw new UsageException(
        "bad value '%s' of %s: expected a whole number from %d%s"
            .formatted(text, name, least, most == Long.MAX_VALUE ? " up" : " to " + most));
  }

  private static Option find(CommandSpec spec, String name) {
    List<String> names = new ArrayList<>();
    for (Option option : spec.options()) {
      if (option.name().equals(name)) {
        return option;
      }
      names.add(option.name());
    }
    throw new UsageException("unknown option " + name + Suggestion.among(names, name));
  }
}
