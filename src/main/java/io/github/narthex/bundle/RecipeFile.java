package io.github.narthex.bundle;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.github.narthex.Model;
import io.github.narthex.ModelFormat;
import io.github.narthex.ModelLoadException;
import io.github.narthex.bundle.BundleSpec.ModelEntry;
import io.github.narthex.bundle.BundleSpec.Source;
import io.github.narthex.strategy.Recipe;
import java.nio.file.Path;
import java.util.Optional;

/** What a model file says of the recipe that was applied to it, in an extra file. */
final class RecipeFile {
  /** The name of the extra file, which {@code narthex apply} writes too. */
  static final String NAME = "narthex.json";

  private static final String SCHEMA = "narthex.recipe/1";
  private static final String RECIPE = "recipe";

  private RecipeFile() {}

  /** The content of the extra file. */
  static byte[] of(ModelEntry model) {
    JsonObject document = new JsonObject();
    document.addProperty("schema", SCHEMA);
    document.addProperty(RECIPE, model.recipe().toString());
    Source source = model.source();
    if (source != null) {
      document.addProperty("source", source.name());
    }
    return document.toString().getBytes(UTF_8);
  }

  /** Whether it is compiled code, to which no recipe can be applied. */
  static boolean isPackage(Path model) {
    return ModelFormat.detect(model) == ModelFormat.AOT_INDUCTOR;
  }

  /** Why a package can't have that recipe, which may say no more than where it is run, and how. */
  static Optional<String> whyNotOfPackage(String file, Recipe recipe) {
    return recipe.equals(recipe.ofSaved())
        ? Optional.empty()
        : Optional.of(
            "%s is an AOTInductor package, to which no recipe can be applied: expected eager, or gpu and"
                    .formatted(file)
                + " cudagraphs for one of a GPU, got %s".formatted(recipe));
  }

  /**
   * The recipe that a model file holds; empty if it does not say, as compiled code does not.
   *
   * @throws ModelLoadException if it can't be read, or names a recipe that this version does not
   *     know
   */
  static Optional<Recipe> recipeIn(Path model) {
    byte[] bytes = isPackage(model) ? null : Model.extraFiles(model).get(NAME);
    if (bytes == null) {
      return Optional.empty();
    }
    try {
      JsonElement document = JsonParser.parseString(new String(bytes, UTF_8));
      if (!document.isJsonObject() || !document.getAsJsonObject().has(RECIPE)) {
        return Optional.empty(); // somebody else's file
      }
      return Optional.of(Recipe.parse(document.getAsJsonObject().get(RECIPE).getAsString()));
    } catch (JsonParseException | IllegalStateException | UnsupportedOperationException e) {
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      throw new ModelLoadException(
          "%s holds a recipe that this version does not know: %s".formatted(model, e.getMessage()),
          "",
          e);
    }
  }
}
