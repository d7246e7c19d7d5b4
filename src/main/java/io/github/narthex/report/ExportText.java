package io.github.narthex.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** What became of an export, in a few lines. */
public final class ExportText {
  private ExportText() {}

  /** The lines of a document {@code narthex.export/1}. */
  public static String of(JsonObject result) {
    JsonObject model = result.getAsJsonObject("model");
    JsonObject accuracy = model.getAsJsonObject("accuracy");
    int calls = accuracy.get("calls").getAsInt();
    List<String> lines = new ArrayList<>();
    lines.add(
        "package  %s: %s, model '%s' for %s %s, torch %s"
            .formatted(
                result.get("output").getAsString(),
                Figures.bytes(result.get("file_bytes").getAsLong()),
                result.get("name").getAsString(),
                model.get("device").getAsString(),
                model.get("isa").getAsString(),
                result.get("torch").getAsString()));
    if (result.has("bundle") && !result.get("bundle").isJsonNull()) {
      lines.add("bundle   " + result.get("bundle").getAsString());
    }
    lines.add("inputs   " + tensors(model.getAsJsonArray("inputs")));
    lines.add("outputs  " + tensors(model.getAsJsonArray("outputs")));
    lines.add(
        "error    %s over %d %s"
            .formatted(
                Figures.percent(accuracy.get("max_rel").getAsDouble()),
                calls,
                calls == 1 ? "call" : "calls"));
    lines.add(
        "time     %.1f s, of which compiling %.1f s"
            .formatted(
                result.getAsJsonObject("seconds").asMap().values().stream()
                    .mapToDouble(JsonElement::getAsDouble)
                    .sum(),
                model.get("compile_seconds").getAsDouble()));
    return String.join("\n", lines) + "\n";
  }

  private static String tensors(JsonArray tensors) {
    return String.join(
        ", ", tensors.asList().stream().map(e -> tensor(e.getAsJsonObject())).toList());
  }

  private static String tensor(JsonObject tensor) {
    String name = tensor.get(tensor.has("parameter") ? "parameter" : "name").getAsString();
    if (!tensor.has("shape")) {
      return name + " " + tensor.get("value");
    }
    List<String> sizes =
        tensor.getAsJsonArray("shape").asList().stream().map(ExportText::size).toList();
    return "%s %s:%s"
        .formatted(
            name,
            sizes.isEmpty() ? "scalar" : String.join("x", sizes),
            tensor.get("dtype").getAsString());
  }

  private static String size(JsonElement size) {
    if (!size.isJsonObject()) {
      return size.getAsString();
    }
    JsonObject varies = size.getAsJsonObject();
    return "%s(%s..%s)"
        .formatted(
            varies.get(varies.has("name") ? "name" : "expression").getAsString(),
            varies.get("min").getAsString(),
            varies.get("max").isJsonNull() ? "" : varies.get("max").getAsString());
  }
}
