package io.github.narthex.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.github.narthex.DType;
import io.github.narthex.Method;
import io.github.narthex.Model;
import io.github.narthex.Sparsity;
import io.github.narthex.TensorInfo;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a model holds, as text and as JSON.
 *
 * @param name the file, or the built-in's name
 * @param format what it is
 * @param writer which torch wrote it, as far as can be known
 * @param training whether it was saved in training mode
 * @param stateful whether it changes its own state
 * @param sparsity how many weights are zero
 * @param along what was saved along with it
 */
public record InspectReport(
    String name,
    String format,
    String writer,
    boolean training,
    boolean stateful,
    List<Method> methods,
    Map<DType, Weights> parameters,
    Map<DType, Weights> buffers,
    Map<DType, Weights> constants,
    Sparsity sparsity,
    Map<String, Long> operators,
    SavedAlong along) {
  /** Says which fields the JSON has. */
  public static final String SCHEMA = "narthex.inspect/1";

  /** Tensors of one dtype together: how many, of how many elements and bytes. */
  public record Weights(long tensors, long elements, long bytes) {
    private Weights plus(TensorInfo info) {
      return new Weights(
          tensors + 1, elements + info.shape().elementCount(), bytes + info.byteSize());
    }
  }

  /** Asks the model. */
  public static InspectReport of(
      String name, String format, String writer, boolean training, Model model, SavedAlong along) {
    return new InspectReport(
        name,
        format,
        writer,
        training,
        model.isStateful(),
        model.methods(),
        sum(model.parameters().values()),
        sum(model.buffers().values()),
        sum(model.constants()),
        model.sparsity(),
        model.operators(),
        along);
  }

  private static Map<DType, Weights> sum(Collection<TensorInfo> tensors) {
    Map<DType, Weights> sums = new TreeMap<>();
    for (TensorInfo info : tensors) {
      sums.merge(info.dtype(), new Weights(0, 0, 0).plus(info), (sum, _) -> sum.plus(info));
    }
    return sums;
  }

  /** The text, with a line end. */
  public String text() {
    List<String> lines = new ArrayList<>();
    lines.add("model       " + name);
    lines.add("format      " + format + (writer.isEmpty() ? "" : ", written by " + writer));
    lines.add(
        "mode        "
            + (training ? "training" : "evaluation")
            + (stateful ? "; stateful: its answers depend on the calls before" : ""));
    lines.addAll(along.lines());
    lines.add("parameters  " + weights(parameters));
    lines.add("buffers     " + weights(buffers));
    if (!constants.isEmpty()) {
      lines.add("constants   " + weights(constants));
    }
    lines.addAll(SparsityReport.lines("zeros       ", sparsity));
    String label = "methods     ";
    for (Method method : methods) {
      lines.add(label + method.schema());
      label = " ".repeat(label.length());
    }
    lines.add("operators   " + operators.values().stream().mapToLong(Long::longValue).sum());
    operators.entrySet().stream()
        .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
        .forEach(entry -> lines.add("%10d  %s".formatted(entry.getValue(), entry.getKey())));
    return String.join("\n", lines) + "\n";
  }

  private static String weights(Map<DType, Weights> sums) {
    if (sums.isEmpty()) {
      return "none";
    }
    List<String> texts = new ArrayList<>();
    sums.forEach(
        (dtype, sum) ->
            texts.add(
                "%s %s in %s tensors, %s"
                    .formatted(
                        Figures.count(sum.elements()),
                        dtype,
                        Figures.count(sum.tensors()),
                        Figures.bytes(sum.bytes()))));
    return String.join("; ", texts);
  }

  /** The document. */
  public JsonObject json() {
    JsonObject document = Json.document(SCHEMA);
    document.addProperty("model", name);
    document.addProperty("format", format);
    document.add("writer", Json.text(writer.isEmpty() ? null : writer));
    document.addProperty("training", training);
    document.addProperty("stateful", stateful);
    JsonArray methodArray = new JsonArray();
    methods.forEach(method -> methodArray.add(json(method)));
    document.add("methods", methodArray);
    document.add("parameters", json(parameters));
    document.add("buffers", json(buffers));
    document.add("constants", json(constants));
    document.add("sparsity", SparsityReport.json(sparsity));
    JsonObject operatorObject = new JsonObject();
    operators.forEach(operatorObject::addProperty);
    document.add("operators", operatorObject);
    along.addTo(document);
    return document;
  }

  private static JsonObject json(Method method) {
    JsonObject object = new JsonObject();
    object.addProperty("name", method.name());
    object.addProperty("schema", method.schema());
    JsonArray arguments = new JsonArray();
    for (Method.Argument argument : method.arguments()) {
      JsonObject entry = new JsonObject();
      entry.addProperty("name", argument.name());
      entry.addProperty("type", argument.type());
      entry.addProperty("has_default", argument.hasDefault());
      arguments.add(entry);
    }
    object.add("arguments", arguments);
    return object;
  }

  private static JsonObject json(Map<DType, Weights> sums) {
    JsonObject object = new JsonObject();
    sums.forEach(
        (dtype, sum) -> {
          JsonObject entry = new JsonObject();
          entry.addProperty("tensors", sum.tensors());
          entry.addProperty("elements", sum.elements());
          entry.addProperty("bytes", sum.bytes());
          object.add(dtype.toString(), entry);
        });
    return object;
  }
}
