package io.github.narthex.strategy;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A strategy with its settings, one part of a recipe: {@code prune:amount=0.3:scope=global}. What
 * is set to the value that it has anyway is left out, so that equal steps are equal.
 *
 * @param strategy what is done
 * @param settings by the names of the strategy's {@linkplain Strategy#parameters parameters}
 */
public record Step(Strategy strategy, SortedMap<String, String> settings) {
  /**
   * A step; the map is copied.
   *
   * @throws IllegalArgumentException if the strategy has no such parameter, or the parameter does
   *     not take the value
   */
  public Step {
    SortedMap<String, String> checked = new TreeMap<>();
    for (Map.Entry<String, String> setting : settings.entrySet()) {
      Parameter parameter = parameter(strategy, setting.getKey());
      String value = parameter.canonical(setting.getValue());
      if (!value.equals(parameter.standard())) {
        checked.put(parameter.name(), value);
      }
    }
    settings = java.util.Collections.unmodifiableSortedMap(checked);
  }

  /** A strategy as it is where nothing is set. */
  public static Step of(Strategy strategy) {
    return new Step(strategy, new TreeMap<>());
  }

  /**
   * This step with one more setting.
   *
   * @throws IllegalArgumentException as the constructor
   */
  public Step with(String name, String value) {
    SortedMap<String, String> more = new TreeMap<>(settings);
    more.put(name, value);
    return new Step(strategy, more);
  }

  /** The value of a parameter, set or not. */
  public String get(String name) {
    return settings.getOrDefault(name, parameter(strategy, name).standard());
  }

  /** The value of a parameter that is a number. */
  double number(String name) {
    return Double.parseDouble(get(name));
  }

  /** The value of a parameter that is a list of layers. */
  List<String> layers(String name) {
    return get(name).isEmpty() ? List.of() : List.of(get(name).split("/"));
  }

  /** The text that recipes use. */
  @Override
  public String toString() {
    return strategy
        + settings.entrySet().stream()
            .map(setting -> ":" + setting.getKey() + "=" + setting.getValue())
            .collect(Collectors.joining());
  }

  private static Parameter parameter(Strategy strategy, String name) {
    for (Parameter parameter : strategy.parameters()) {
      if (parameter.name().equals(name)) {
        return parameter;
      }
    }
    String known =
        strategy.parameters().stream().map(Parameter::name).collect(Collectors.joining(", "));
    throw new IllegalArgumentException(
        "'%s' takes no key '%s'%s"
            .formatted(strategy, name, known.isEmpty() ? "" : ", but " + known));
  }
}
