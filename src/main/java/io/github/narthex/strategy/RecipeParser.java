package io.github.narthex.strategy;

import io.github.narthex.internal.text.Suggestion;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads the text form of recipes. Positions count from 1, in the text of the recipe. */
final class RecipeParser {
  private static final String ALL = "all";

  private final String text;

  private RecipeParser(String text) {
    this.text = text;
  }

  static Recipe parse(String text) {
    return new RecipeParser(text).recipe();
  }

  static List<Recipe> parseList(String text) {
    List<Recipe> recipes = new ArrayList<>();
    Set<Recipe> named = new HashSet<>();
    for (String one : text.split(",", -1)) {
      RecipeParser parser = new RecipeParser(one.strip());
      if (parser.text.equals(ALL)) {
        Recipe.curated().stream().filter(r -> !recipes.contains(r)).forEach(recipes::add);
        continue;
      }
      Recipe recipe = parser.recipe();
      if (!named.add(recipe)) {
        throw parser.error(0, "the recipe '" + recipe + "' is there twice");
      }
      if (!recipes.contains(recipe)) {
        recipes.add(recipe);
      }
    }
    return recipes;
  }

  private Recipe recipe() {
    Map<Strategy, Step> steps = new EnumMap<>(Strategy.class);
    for (int start = 0; start <= text.length(); ) {
      int end = end(start, text.length(), '+');
      Step step = step(start, end);
      if (steps.put(step.strategy(), step) != null) {
        throw error(start, "'" + step.strategy() + "' is there twice");
      }
      start = end + 1;
    }
    try {
      return Recipe.of(steps.values());
    } catch (IllegalArgumentException e) {
      throw error(0, String.valueOf(e.getMessage()));
    }
  }

  private Step step(int from, int to) {
    int colon = end(from, to, ':');
    String name = text.substring(from, colon).strip();
    if (name.isEmpty()) {
      throw error(from, "expected the name of a strategy, found nothing; known are " + names());
    }
    Step step =
        Step.of(
            Strategy.named(name)
                .orElseThrow(
                    () ->
                        error(
                            from,
                            "there is no strategy '%s'%s; known are %s"
                                .formatted(name, suggestion(name), names()))));
    Set<String> keys = new HashSet<>();
    for (int start = colon + 1; start <= to; ) {
      int end = end(start, to, ':');
      String[] setting = text.substring(start, end).strip().split("=", 2);
      if (!keys.add(setting[0])) {
        throw error(start, "'" + setting[0] + "' is there twice");
      }
      try {
        step = step.with(setting[0], setting.length == 2 ? setting[1] : "");
      } catch (IllegalArgumentException e) {
        throw error(start, String.valueOf(e.getMessage()));
      }
      start = end + 1;
    }
    return step;
  }

  private int end(int start, int limit, char separator) {
    int end = text.indexOf(separator, start);
    return end < 0 || end > limit ? limit : end;
  }

  private IllegalArgumentException error(int index, String reason) {
    int position = index;
    while (position < text.length() && text.charAt(position) == ' ') {
      position++;
    }
    return new IllegalArgumentException(
        "bad recipe '%s' at position %d: %s".formatted(text, position + 1, reason));
  }

  private static String names() {
    return Arrays.stream(Strategy.values())
        .map(Strategy::toString)
        .collect(Collectors.joining(", "));
  }

  private static String suggestion(String name) {
    List<String> known = Arrays.stream(Strategy.values()).map(Strategy::toString).toList();
    return Suggestion.nearest(known, name)
        .map(nearest -> " (did you mean '" + nearest + "'?)")
        .orElse("");
  }
}
