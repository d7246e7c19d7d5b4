package io.github.narthex.report;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What was saved along with a model: the recipe that was applied to it, with its evidence, and
 * other files.
 *
 * @param files by name
 */
public record SavedAlong(SortedMap<String, byte[]> files) {
  /** Nothing. */
  public static final SavedAlong NOTHING = new SavedAlong(new TreeMap<>());

  /** The map is copied. */
  public SavedAlong {
    files = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(files));
  }

  /** The document of what was applied, if there is one that can be read. */
  private Optional<JsonObject> recipe() {
    byte[] bytes = files.get(ApplyReport.FILE);
    if (bytes == null) {
      return Optional.empty();
    }
    try {
      JsonElement document = JsonParser.parseString(new String(bytes, UTF_8));
      return document.isJsonObject() && document.getAsJsonObject().has("recipe")
          ? Optional.of(document.getAsJsonObject())
          : Optional.empty();
    } catch (JsonParseException e) {
      return Optional.empty();
    }
  }

  List<String> lines() {
    List<String> lines = new ArrayList<>();
    recipe()
        .ifPresent(
            document -> {
              lines.add(
                  "recipe      %s, applied to %s"
                      .formatted(text(document, "recipe"), text(document, "source")));
              evidence(document).ifPresent(text -> lines.add("evidence    " + text));
            });
    String label = "files       ";
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      lines.add(label + file.getKey() + ", " + Figures.bytes(file.getValue().length));
      label = " ".repeat(label.length());
    }
    return lines;
  }

  /** What was measured; empty where the document is not as this version writes it. */
  private static Optional<String> evidence(JsonObject document) {
    try {
      JsonObject evidence = document.getAsJsonObject("evidence");
      JsonObject environment = evidence.getAsJsonObject("environment");
      var results = evidence.getAsJsonArray("results");
      JsonObject result = results.get(results.size() - 1).getAsJsonObject();
      JsonObject accuracy = result.getAsJsonObject("accuracy");
      return Optional.of(
          "%.2f times as fast as the original, off by %s; %s, libtorch %s, %s"
              .formatted(
                  result.get("speedup").getAsDouble(),
                  Figures.percent(accuracy.get("max_rel").getAsDouble()),
                  text(environment, "cpu"),
                  text(environment, "libtorch"),
                  text(environment, "time")));
    } catch (RuntimeException e) { // anything that is not there, or is something else
      return Optional.empty();
    }
  }

  private static String text(JsonObject object, String name) {
    JsonElement value = object.get(name);
    return value == null || !value.isJsonPrimitive() ? "" : value.getAsString();
  }

  JsonObject json() {
    JsonObject object = new JsonObject();
    files.forEach((name, bytes) -> object.addProperty(name, bytes.length));
    return object;
  }

  void addTo(JsonObject document) {
    document.add("extra_files", json());
    document.add("recipe", recipe().<JsonElement>map(found -> found).orElse(JsonNull.INSTANCE));
  }
}
