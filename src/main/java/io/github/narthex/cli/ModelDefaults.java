package io.github.narthex.cli;

import io.github.narthex.Device;
import io.github.narthex.bundle.BundleDirectory;
import io.github.narthex.bundle.BundleSpec;
import io.github.narthex.bundle.Configuration;
import io.github.narthex.strategy.Recipe;
import io.github.narthex.strategy.ThreadPlanner;
import io.github.narthex.strategy.Threads;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What stands for options that are not given: what the bundle says that MODEL is, if it is one.
 *
 * @param model what it is about
 * @param bundle what the bundle says; empty for another model
 */
record ModelDefaults(String model, Optional<BundleSpec> bundle) {
  /** Of a MODEL that was checked. */
  static ModelDefaults of(String model) {
    return new ModelDefaults(
        model,
        !ModelArgument.isBuiltin(model) && BundleDirectory.isBundle(Path.of(model))
            ? Optional.of(BundleDirectory.read(Path.of(model)).spec())
            : Optional.empty());
  }

  /**
   * The recipes to measure, on each of the devices. A bundle's model is one to which a recipe was
   * applied already, and to compiled code none can be.
   */
  List<String> recipes(Arguments arguments) {
    if (isAsInBundle(arguments)) {
      return List.of(recipe(arguments).toString());
    }
    List<String> values = arguments.values("--recipe");
    boolean isFixed = values.isEmpty() && (bundle.isPresent() || ModelArgument.isPackage(model));
    List<String> recipes = new ArrayList<>();
    for (Device device : Values.devices(arguments)) {
      List<Recipe> own =
          isFixed
              ? List.of(Values.on(device, Recipe.EAGER))
              : values.isEmpty() && !device.isCpu()
                  ? Recipe.curatedOn(device)
                  : Values.recipes(values).stream()
                      .map(recipe -> Values.on(device, Recipe.parse(recipe)))
                      .toList();
      own.stream().map(Recipe::toString).forEach(recipes::add);
    }
    return recipes.stream().distinct().toList();
  }

  /**
   * The recipe of a command that runs one, on its device; of a bundle's model, what is left to do
   * with it.
   *
   * @throws UsageException if recipe and device are not good, or don't go together
   */
  Recipe recipe(Arguments arguments) {
    return isAsInBundle(arguments)
        ? bundle.orElseThrow().model().recipe().ofSaved()
        : Values.recipeOnDevice(arguments);
  }

  private boolean isAsInBundle(Arguments arguments) {
    return bundle.isPresent() && !arguments.has("--recipe") && !arguments.has("--device");
  }

  private Optional<Configuration.Run> run() {
    return bundle.map(spec -> spec.configuration().run());
  }

  /** The batches to measure; where inputs are given, a bundle's own batch says nothing of them. */
  List<Long> batches(Arguments arguments) {
    boolean isGiven =
        arguments.value("--batch") != null
            || arguments.value("--data") != null
            || !arguments.values("--input").isEmpty();
    return !isGiven && run().isPresent() && run().get().rows() > 1
        ? List.of((long) run().get().rows())
        : Values.batches(arguments);
  }

  /** The ways to use threads that are measured. */
  List<Threads> threadPlans(Arguments arguments) {
    return arguments.value("--threads") == null && run().isPresent()
        ? List.of(plan(run().get()))
        : Values.threadPlans(arguments);
  }

  /** The number of intra-op threads. */
  int threads(Arguments arguments) {
    return arguments.value("--threads") == null && run().isPresent()
        ? plan(run().get()).intra()
        : Values.threads(arguments);
  }

  private static Threads plan(Configuration.Run run) {
    return run.plan(ThreadPlanner.ofThisProcess(0));
  }
}
