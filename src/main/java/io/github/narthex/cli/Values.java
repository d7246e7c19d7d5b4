package io.github.narthex.cli;

import io.github.narthex.Device;
import io.github.narthex.Devices;
import io.github.narthex.Model;
import io.github.narthex.bench.PackageOptions;
import io.github.narthex.io.InputSpec;
import io.github.narthex.load.Slo;
import io.github.narthex.strategy.Recipe;
import io.github.narthex.strategy.ThreadPlanner;
import io.github.narthex.strategy.Threads;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the values of options that more than one command has. */
final class Values {
  private static final String ALL_RECIPES = "all";

  /** What the planner proposes for this machine. */
  private static final String AUTO = "auto";

  private static final double NANOS_PER_S = 1e9;
  private static final double MAX_DURATION_S = 1e6;

  private Values() {}

  /**
   * The recipes in canonical text.
   *
   * @param values of {@code --recipe}; without any it is the curated set
   * @throws UsageException if one is not a recipe
   */
  static List<String> recipes(List<String> values) {
    List<String> recipes = new ArrayList<>();
    for (String value : values.isEmpty() ? List.of(ALL_RECIPES) : values) {
      try {
        Recipe.parseList(value).forEach(recipe -> recipes.add(recipe.toString()));
      } catch (IllegalArgumentException e) {
        throw new UsageException(String.valueOf(e.getMessage()), e);
      }
    }
    return recipes;
  }

  /**
   * One recipe.
   *
   * @throws UsageException if it is none
   */
  static Recipe recipe(String text) {
    try {
      return Recipe.parse(text);
    } catch (IllegalArgumentException e) {
      throw new UsageException(String.valueOf(e.getMessage()), e);
    }
  }

  /**
   * A fraction such as {@code 2%} or {@code 0.02}.
   *
   * @throws UsageException if it is none, or negative
   */
  static double fraction(String option, String text) {
    boolean percent = text.endsWith("%");
    try {
      double value =
          Double.parseDouble(percent ? text.substring(0, text.length() - 1) : text)
              / (percent ? 100 : 1);
      if (value >= 0 && Double.isFinite(value)) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Said below, in the same words as for a number out of range.
    }
    throw new UsageException(
        "bad value '%s' of %s: expected a fraction such as 2%% or 0.02".formatted(text, option));
  }

  /**
   * The sizes of batches, none twice.
   *
   * @return a single 0 if there is no {@code --batch}
   * @throws UsageException if one is none
   */
  static List<Long> batches(Arguments arguments) {
    String text = arguments.value("--batch");
    return text == null
        ? List.of(0L)
        : parts(text).stream()
            .map(part -> Arguments.number("--batch", part, 1, Integer.MAX_VALUE))
            .distinct()
            .toList();
  }

  /**
   * The ways to use threads, none twice.
   *
   * @throws UsageException if one is none, or not of one process
   */
  static List<Threads> threadPlans(Arguments arguments) {
    String text = arguments.value("--threads");
    if (text == null) {
      return List.of(Threads.of(threads(arguments)));
    }
    Set<Threads> plans = new LinkedHashSet<>();
    for (String part : parts(text)) {
      if (part.equals(AUTO)) {
        plans.addAll(ThreadPlanner.ofThisProcess(0).plansOfOneProcess());
      } else {
        plans.add(threadPlan(part));
      }
    }
    return List.copyOf(plans);
  }

  private static Threads threadPlan(String text) {
    if (!text.contains("x")) {
      return Threads.of((int) Arguments.number("--threads", text, 1, Model.MAX_THREADS));
    }
    Threads threads;
    try {
      threads = Threads.parse(text);
    } catch (IllegalArgumentException e) {
      throw new UsageException(
          "bad value '%s' of --threads: %s".formatted(text, e.getMessage()), e);
    }
    if (!threads.fitsOneProcess()) {
      throw new UsageException(
          "bad value '%s' of --threads: calls on more than one thread take turns in a process, so"
                  .formatted(text)
              + " several instances have one thread each: 1x"
              + threads.instances());
    }
    return threads;
  }

  private static List<String> parts(String text) {
    return List.of(text.split(",", -1));
  }

  /** The number of intra-op threads. */
  static int threads(Arguments arguments) {
    return (int)
        arguments.number(
            "--threads", Runtime.getRuntime().availableProcessors(), 1, Model.MAX_THREADS);
  }

  /**
   * The libraries that are loaded along with libtorch.
   *
   * @throws UsageException if one can't be read
   */
  static List<Path> libraries(Arguments arguments) {
    List<Path> libraries = arguments.values(Options.LIBRARY.name()).stream().map(Path::of).toList();
    for (Path library : libraries) {
      if (!Files.isReadable(library)) {
        throw new UsageException("cannot read %s, the value of --library".formatted(library));
      }
    }
    return libraries;
  }

  /**
   * Loads them into this process.
   *
   * @throws UsageException if one can't be read
   */
  static void loadLibraries(Arguments arguments) {
    libraries(arguments).forEach(Devices::loadLibrary);
  }

  /**
   * The devices, in the order given.
   *
   * @throws UsageException if one is none, or named twice
   */
  static List<Device> devices(Arguments arguments) {
    List<Device> devices = new ArrayList<>();
    for (String text : parts(arguments.value("--device", "cpu"))) {
      try {
        Device device = Device.parse(text);
        if (devices.contains(device)) {
          throw new UsageException("--device names %s twice".formatted(device));
        }
        devices.add(device);
      } catch (IllegalArgumentException e) {
        throw new UsageException("bad value of --device: " + e.getMessage(), e);
      }
    }
    return devices;
  }

  /**
   * The device, of a command that has one.
   *
   * @throws UsageException if it is none, or there are several
   */
  static Device device(Arguments arguments) {
    List<Device> devices = devices(arguments);
    if (devices.size() > 1) {
      throw new UsageException("expected one device as the value of --device, got " + devices);
    }
    return devices.getFirst();
  }

  /**
   * The recipe on its device, of a command that has one of each.
   *
   * @throws UsageException if they are not good, or the recipe can't be had on the device
   */
  static Recipe recipeOnDevice(Arguments arguments) {
    return on(device(arguments), recipe(arguments.value("--recipe", Recipe.EAGER.toString())));
  }

  /**
   * A recipe on a device.
   *
   * @throws UsageException if it can't be had there
   */
  static Recipe on(Device device, Recipe recipe) {
    try {
      return recipe.on(device);
    } catch (IllegalArgumentException e) {
      throw new UsageException("--device %s: %s".formatted(device, e.getMessage()), e);
    }
  }

  /**
   * How packages are loaded.
   *
   * @param callers how many calls there will be side by side
   * @param models those of the command line, which were checked
   * @throws UsageException if something else is said, or none of the models is a package
   */
  static PackageOptions packageOptions(Arguments arguments, int callers, String... models) {
    List<String> texts = arguments.values(Options.PACKAGE.name());
    if (!texts.isEmpty() && Arrays.stream(models).noneMatch(ModelArgument::isPackage)) {
      throw new UsageException(
          "--package is for AOTInductor packages (.pt2), which %s not"
              .formatted(String.join(" and ", models) + (models.length == 1 ? " is" : " are")));
    }
    try {
      PackageOptions options = PackageOptions.parse(texts);
      var _ = options.forCallers(callers);
      return options;
    } catch (IllegalArgumentException e) {
      throw new UsageException("bad value of --package: " + e.getMessage(), e);
    }
  }

  /**
   * The specifications of inputs.
   *
   * @param batch what {@code --batch} sets, or 0
   * @throws UsageException if one is none, or can't have that batch
   */
  static List<String> inputs(Arguments arguments, long batch) {
    List<String> inputs = arguments.values("--input");
    for (String input : inputs) {
      try {
        InputSpec spec = InputSpec.parse(input);
        if (batch > 0 && spec instanceof InputSpec.FromFile) {
          var _ = spec.withBatch(batch);
        }
      } catch (IllegalArgumentException | ArithmeticException e) {
        throw new UsageException("bad value of --input: " + e.getMessage(), e);
      }
    }
    return inputs;
  }

  /**
   * The inputs that {@code --input} specifies.
   *
   * @throws UsageException if one is no specification
   */
  static List<InputSpec> inputSpecs(Arguments arguments) {
    return inputs(arguments, 0).stream().map(InputSpec::parse).toList();
  }

  /**
   * How long to measure.
   *
   * @return zero if there is no {@code --duration}
   * @throws UsageException if it is no number of seconds
   */
  static Duration duration(Arguments arguments) {
    String text = arguments.value("--duration");
    if (text == null) {
      return Duration.ZERO;
    }
    try {
      double seconds =
          Double.parseDouble(text.endsWith("s") ? text.substring(0, text.length() - 1) : text);
      if (seconds > 0 && seconds <= MAX_DURATION_S) {
        return Duration.ofNanos((long) (seconds * NANOS_PER_S));
      }
    } catch (NumberFormatException e) {
      // Said below, in the same words as for a number out of range.
    }
    throw new UsageException(
        "bad value '%s' of --duration: expected a number of seconds above 0".formatted(text));
  }

  /** What random numbers begin with. */
  static long seed(Arguments arguments) {
    return seed(arguments, 0);
  }

  /** The same, with another default. */
  static long seed(Arguments arguments, long standard) {
    return arguments.number("--seed", standard, Long.MIN_VALUE, Long.MAX_VALUE);
  }

  /**
   * One of several words.
   *
   * @throws UsageException if it is none of them
   */
  static String choice(Arguments arguments, String option, List<String> choices, String standard) {
    String value = arguments.value(option, standard);
    if (arguments.has(option) && !choices.contains(value)) {
      throw new UsageException(
          "bad value '%s' of %s: expected one of %s"
              .formatted(value, option, String.join(", ", choices)));
    }
    return value;
  }

  /**
   * The bound on latency; null if there is none.
   *
   * @throws UsageException if it is none
   */
  static @Nullable Slo slo(Arguments arguments) {
    String text = arguments.value("--slo");
    try {
      return text == null ? null : Slo.parse(text);
    } catch (IllegalArgumentException e) {
      throw new UsageException("bad value '%s' of --slo: %s".formatted(text, e.getMessage()), e);
    }
  }
}
