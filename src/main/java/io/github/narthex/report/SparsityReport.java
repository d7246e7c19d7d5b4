package io.github.narthex.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.github.narthex.Sparsity;
import java.util.ArrayList;
import java.util.List;

/** How many weights are zero, as text and as JSON. */
final class SparsityReport {
  /** Below this it is chance, not pruning. */
  private static final double LEAST = 0.005;

  private SparsityReport() {}

  /** A line for all layers, and one for each; none of a model that was not pruned. */
  static List<String> lines(String label, Sparsity sparsity) {
    List<String> lines = new ArrayList<>();
    if (sparsity.share() < LEAST) {
      return lines;
    }
    String indent = " ".repeat(label.length());
    lines.add(
        "%s%s %% of %s weights in %s layers"
            .formatted(
                label,
                Figures.share(sparsity.share()),
                Figures.count(sparsity.elements()),
                Figures.count(sparsity.layers().size())));
    for (Sparsity.Layer layer : sparsity.layers()) {
      lines.add(
          "%s%7s %% of %s in %s"
              .formatted(
                  indent,
                  Figures.share(layer.share()),
                  Figures.count(layer.elements()),
                  layer.name()));
    }
    return lines;
  }

  static JsonObject json(Sparsity sparsity) {
    JsonObject object = new JsonObject();
    object.addProperty("elements", sparsity.elements());
    object.addProperty("zeros", sparsity.zeros());
    JsonArray layers = new JsonArray();
    for (Sparsity.Layer layer : sparsity.layers()) {
      JsonObject row = new JsonObject();
      row.addProperty("layer", layer.name());
      row.addProperty("elements", layer.elements());
      row.addProperty("zeros", layer.zeros());
      layers.add(row);
    }
    object.add("layers", layers);
    return object;
  }
}
