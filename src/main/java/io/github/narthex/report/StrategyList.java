package io.github.narthex.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.github.narthex.strategy.Machine;
import io.github.narthex.strategy.Parameter;
import io.github.narthex.strategy.Recipe;
import io.github.narthex.strategy.Strategy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * All strategies, as text and as JSON.
 *
 * @param machine the machine that they would run on
 */
public record StrategyList(Machine machine) {
  /** Says which fields the JSON has. */
  public static final String SCHEMA = "narthex.recipes/1";

  private static final int WIDTH = 100;
  private static final String INDENT = "          ";

  /** The text, with a line end. */
  public String text() {
    List<String> lines = new ArrayList<>();
    for (Strategy strategy : Strategy.values()) {
      lines.add(strategy.toString());
      add(lines, "  does    ", strategy.summary());
      add(lines, "  needs   ", strategy.needs());
      add(lines, "  costs   ", strategy.cost());
      for (Parameter parameter : strategy.parameters()) {
        add(lines, "  set     ", parameterText(parameter));
      }
      add(lines, "  here    ", here(strategy));
    }
    lines.add("");
    lines.addAll(
        Wrap.lines(
            "A recipe is a sum of them, such as onednn-graph+bf16-mixed:keep=classifier. Those that"
                + " bench measures where none are named: "
                + String.join(", ", Recipe.curated().stream().map(Recipe::toString).toList())
                + ".",
            WIDTH));
    return String.join("\n", lines) + "\n";
  }

  private static void add(List<String> lines, String label, String text) {
    String start = label;
    for (String part : Wrap.lines(text, WIDTH - INDENT.length())) {
      lines.add(start + part);
      start = INDENT;
    }
  }

  private static String parameterText(Parameter parameter) {
    return "%s: %s; %s%s"
        .formatted(
            parameter.name(),
            parameter.summary(),
            parameter.values(),
            parameter.standard().isEmpty() ? "" : "; default " + parameter.standard());
  }

  private String here(Strategy strategy) {
    Recipe recipe = Recipe.of(strategy);
    Optional<String> obstacle = recipe.obstacle(machine);
    return obstacle.isPresent()
        ? "no: " + obstacle.get()
        : recipe.caution(machine).map(caution -> "yes, but " + caution).orElse("yes");
  }

  /** The document. */
  public JsonObject json() {
    JsonObject document = Json.document(SCHEMA);
    JsonArray strategies = new JsonArray();
    for (Strategy strategy : Strategy.values()) {
      Recipe recipe = Recipe.of(strategy);
      JsonObject entry = new JsonObject();
      entry.addProperty("name", strategy.toString());
      entry.addProperty("does", strategy.summary());
      entry.addProperty("needs", strategy.needs());
      entry.addProperty("costs", strategy.cost());
      JsonArray parameters = new JsonArray();
      for (Parameter parameter : strategy.parameters()) {
        JsonObject setting = new JsonObject();
        setting.addProperty("name", parameter.name());
        setting.addProperty("means", parameter.summary());
        setting.addProperty("values", parameter.values());
        setting.addProperty("default", parameter.standard());
        parameters.add(setting);
      }
      entry.add("parameters", parameters);
      entry.addProperty("available", recipe.obstacle(machine).isEmpty());
      entry.add("obstacle", Json.text(recipe.obstacle(machine).orElse(null)));
      entry.add("caution", Json.text(recipe.caution(machine).orElse(null)));
      strategies.add(entry);
    }
    document.add("strategies", strategies);
    document.add("curated", Json.texts(Recipe.curated().stream().map(Recipe::toString).toList()));
    return document;
  }
}
