package io.github.narthex.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.github.narthex.DType;
import io.github.narthex.TensorInfo;
import io.github.narthex.io.StoredTensor;
import io.github.narthex.io.TensorFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a file of tensors holds, as text and as JSON.
 *
 * @param name the file
 */
public record TensorsReport(String name, TensorFile file) {
  /** Says which fields the JSON has. */
  public static final String SCHEMA = "narthex.tensors/1";

  private static final int WIDTH = 120;

  private record Sum(long tensors, long elements) {
    /** Elements that repeat may be more than 64 bits can count; then it is the most they can. */
    Sum plus(Sum other) {
      long sum = elements + other.elements;
      return new Sum(tensors + other.tensors, sum < 0 ? Long.MAX_VALUE : sum);
    }
  }

  /** The text, with a line end. */
  public String text() {
    List<String> lines = new ArrayList<>();
    lines.add("file        " + shown(name));
    lines.add("format      " + file.format().description());
    String label = "tensors     ";
    if (file.tensors().isEmpty()) {
      lines.add(label + "none");
    }
    for (Map.Entry<DType, Sum> entry : sums().entrySet()) {
      lines.add(
          "%s%s %s in %s tensors"
              .formatted(
                  label,
                  Figures.count(entry.getValue().elements()),
                  entry.getKey(),
                  Figures.count(entry.getValue().tensors())));
      label = " ".repeat(label.length());
    }
    if (!file.tensors().isEmpty()) {
      lines.add("");
      lines.addAll(table());
    }
    if (!file.metadata().isEmpty()) {
      lines.add("");
      file.metadata().forEach((key, value) -> lines.add(shown(key) + " = " + shown(value)));
    }
    return String.join("\n", lines) + "\n";
  }

  private Map<DType, Sum> sums() {
    Map<DType, Sum> sums = new TreeMap<>();
    for (StoredTensor tensor : file.tensors().values()) {
      Sum one = new Sum(1, tensor.info().shape().elementCount());
      sums.merge(tensor.info().dtype(), one, Sum::plus);
    }
    return sums;
  }

  private List<String> table() {
    TextTable table =
        new TextTable(WIDTH, List.of("name", "dtype", "shape", "bytes"), List.of(1, 2));
    file.tensors()
        .forEach(
            (key, tensor) -> {
              TensorInfo info = tensor.info();
              table.row(
                  List.of(
                      shown(key),
                      info.dtype().toString(),
                      info.shape().toString(),
                      Figures.count(info.byteSize())));
            });
    return table.lines();
  }

  /** A hostile file's text stays off the terminal's controls. */
  private static String shown(String text) {
    return text.replaceAll("\\p{C}", "?");
  }

  /** The document. */
  public JsonObject json() {
    JsonObject document = Json.document(SCHEMA);
    document.addProperty("file", name);
    document.addProperty("format", file.format().description());
    JsonArray tensors = new JsonArray();
    file.tensors().forEach((key, tensor) -> tensors.add(json(key, tensor)));
    document.add("tensors", tensors);
    JsonObject metadata = new JsonObject();
    file.metadata().forEach(metadata::addProperty);
    document.add("metadata", metadata);
    return document;
  }

  private static JsonObject json(String name, StoredTensor tensor) {
    JsonObject object = new JsonObject();
    object.addProperty("name", name);
    object.addProperty("dtype", tensor.info().dtype().toString());
    JsonArray shape = new JsonArray();
    for (long dim : tensor.info().shape().toArray()) {
      shape.add(dim);
    }
    object.add("shape", shape);
    object.addProperty("bytes", tensor.info().byteSize());
    object.addProperty("in_place", tensor.isInPlace());
    return object;
  }
}
