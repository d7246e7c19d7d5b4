package io.github.narthex.strategy;

import io.github.narthex.Device;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
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
  static final String AUTOTUNE = "max-autotune";
  static final String RECORDED = "reduce-overhead";

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

  /** The step that brings a model to a device, which is not the CPU. */
  static Step of(Device device) {
    return of(Strategy.GPU)
        .with("kind", device.type().name().toLowerCase(Locale.ROOT))
        .with("index", Integer.toString(device.index()));
  }

  /** The device that a step names. */
  Device device() {
    return new Device(
        Device.Type.valueOf(get("kind").toUpperCase(Locale.ROOT)), (int) number("index"));
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

  /** Whether a parameter that is {@code true} or {@code false} is true. */
  boolean isSet(String name) {
    return Boolean.parseBoolean(get(name));
  }

  /** The value of a parameter that is a number. */
  double number(String name) {
    return Double.parseDouble(get(name));
  }

  /** What an answer may be off; infinitely much where nothing is said of it. */
  double maxError() {
    return get("max-error").isEmpty() ? Double.POSITIVE_INFINITY : number("max-error");
  }

  /** The value of a parameter that is a list of layers. */
  List<String> layers(String name) {
    return get(name).isEmpty() ? List.of() : List.of(get(name).split("/"));
  }

  /**
   * Checks settings that depend on each other.
   *
   * @throws IllegalArgumentException if one is of no use, or they can't be had together
   */
  void check() {
    if (strategy == Strategy.COMPILE && !get("mode").equals(AUTOTUNE)) {
      for (String name : List.of("max-error", "cache")) {
        if (settings.containsKey(name)) {
          throw new IllegalArgumentException(
              "'%s' of compile is for mode=%s, and mode is %s"
                  .formatted(name, AUTOTUNE, get("mode")));
        }
      }
    }
    if (strategy == Strategy.THREADS) {
      Threads threads = Threads.of(this);
      if (!threads.fitsOneProcess()) {
        throw new IllegalArgumentException(
            "calls on more than one thread take turns in a process, so several instances have one"
                + " thread each: threads:intra=1:instances="
                + threads.instances());
      }
    }
  }

  /** Why it can't do without samples; empty if it can. */
  Optional<String> needForSamples() {
    if (strategy == Strategy.STATIC_INT8) {
      return Optional.of(
          "static-int8 needs calibration data: samples of what the model will be given");
    }
    if (strategy == Strategy.INDUCTOR) {
      return Optional.of("inductor needs a sample, for whose sizes it compiles");
    }
    boolean searchesLayers = strategy == Strategy.DYNAMIC_INT8 || strategy.isMixed();
    if (searchesLayers && Double.isFinite(maxError())) {
      return Optional.of(
          "max-error of %s needs samples to compare answers over".formatted(strategy));
    }
    return strategy == Strategy.COMPILE && get("mode").equals(AUTOTUNE)
        ? Optional.of("mode=max-autotune needs a sample to try variants with")
        : Optional.empty();
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
