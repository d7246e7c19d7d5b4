package io.github.narthex.check;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.github.narthex.InputException;
import io.github.narthex.Model;
import io.github.narthex.ModelPackage;
import io.github.narthex.bench.ModelSource;
import io.github.narthex.bundle.BundleDirectory;
import io.github.narthex.bundle.BundleSpec.Proven;
import io.github.narthex.compare.DocumentReader;
import io.github.narthex.compare.Fields;
import io.github.narthex.io.InputGuess;
import io.github.narthex.io.InputSpec;
import io.github.narthex.strategy.Recipe;
import io.github.narthex.strategy.ThreadPlanner;
import io.github.narthex.strategy.Threads;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A model, all that is known of it, and where it is to run.
 *
 * @param name as the user named it
 * @param given the inputs that it will be called with; empty for what the model says
 * @param recipe what the model holds; eager where nothing says so
 * @param evidence what was measured of it
 * @param noEvidence why there is none
 * @param compiled what a package says of it; empty for another model
 */
public record Subject(
    String name,
    ModelSource source,
    List<InputSpec> given,
    Recipe recipe,
    Optional<Evidence> evidence,
    String noEvidence,
    Place here,
    Optional<ModelPackage.Compiled> compiled) {
  /** The extra file by which {@code narthex apply} says what it did. */
  private static final String APPLIED = "narthex.json";

  private static final String EVIDENCE = "evidence.json";

  /** The list is copied. */
  public Subject {
    given = List.copyOf(given);
  }

  /** Reads what there is of a model. Evidence that can't be read is none, with the reason. */
  public static Subject of(String name, ModelSource source, List<InputSpec> given, Place here) {
    Optional<BundleDirectory> bundle = source.bundle();
    Path file = source.file();
    Optional<ModelPackage.Compiled> compiled = source.compiled();
    boolean mayHoldRecipe = bundle.isEmpty() && file != null && compiled.isEmpty();
    Fields applied = mayHoldRecipe ? applied(Objects.requireNonNull(file)) : null;
    Recipe recipe =
        bundle.map(directory -> directory.spec().model().recipe()).orElseGet(() -> held(applied));
    Evidence evidence = null;
    String reason = "nothing was measured that is kept with it";
    try {
      Fields document = document(bundle, applied);
      evidence = document == null ? null : EvidenceReader.read(document, recipe);
    } catch (InputException e) {
      reason = String.valueOf(e.getMessage());
    }
    return new Subject(
        name, source, given, recipe, Optional.ofNullable(evidence), reason, here, compiled);
  }

  private static @Nullable Fields document(
      Optional<BundleDirectory> bundle, @Nullable Fields applied) {
    if (bundle.isEmpty()) {
      return applied == null ? null : applied.fields("evidence");
    }
    Path file = bundle.get().directory().resolve(EVIDENCE);
    return Files.exists(file) ? DocumentReader.fields(file.toString()) : null;
  }

  /** What a file says was applied to it; null if it does not, or somebody else wrote it. */
  private static @Nullable Fields applied(Path file) {
    byte[] bytes = Model.extraFiles(file).get(APPLIED);
    if (bytes == null) {
      return null;
    }
    try {
      JsonElement document = JsonParser.parseString(new String(bytes, UTF_8));
      return document instanceof JsonObject object
          ? new Fields("%s in %s: ".formatted(APPLIED, file), object)
          : null;
    } catch (JsonParseException e) {
      return null;
    }
  }

  private static Recipe held(@Nullable Fields applied) {
    try {
      return applied == null ? Recipe.EAGER : Recipe.parse(applied.text("recipe", "eager"));
    } catch (InputException | IllegalArgumentException e) {
      return Recipe.EAGER; // somebody else's file
    }
  }

  /** What a package says of its inputs and how it was compiled; empty for another model. */
  Optional<ModelPackage.Spec> spec() {
    return compiled.flatMap(ModelPackage.Compiled::spec);
  }

  Optional<BundleDirectory> bundle() {
    return source.bundle();
  }

  /** What it was proven on, as its bundle says, or else what was measured. */
  Optional<Proven> proven() {
    return bundle().isPresent()
        ? bundle().map(directory -> directory.spec().proven())
        : evidence.map(Evidence::taken);
  }

  /** The threads that it will run with here. */
  Threads threads() {
    return bundle()
        .map(
            directory ->
                directory.spec().configuration().run().plan(ThreadPlanner.of(here.processors(), 0)))
        .orElseGet(() -> recipe.threads().orElseGet(() -> Threads.of(source.model().threads())));
  }

  /** Whether somebody has said with how many threads it runs. */
  boolean hasThreadPlan() {
    return bundle().isPresent() || recipe.threads().isPresent();
  }

  /** Whether its bundle says what it will be called with. */
  boolean bundleSaysInputs() {
    return bundle().filter(directory -> !directory.inputs().isEmpty()).isPresent();
  }

  /** The inputs that somebody has said; empty if nobody has. */
  List<InputSpec> inputs() {
    if (!given.isEmpty()) {
      return given;
    }
    return source
        .builtin()
        .map(builtin -> List.<InputSpec>copyOf(builtin.inputs()))
        .or(() -> bundle().map(BundleDirectory::inputs).filter(inputs -> !inputs.isEmpty()))
        .or(() -> spec().map(InputGuess::ofPackage))
        .orElse(List.of());
  }
}
