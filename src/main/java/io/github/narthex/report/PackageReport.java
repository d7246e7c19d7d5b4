package io.github.narthex.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.github.narthex.ModelPackage;
import io.github.narthex.ModelPackage.Agreement;
import io.github.narthex.ModelPackage.Compiled;
import io.github.narthex.ModelPackage.Dim;
import io.github.narthex.ModelPackage.Spec;
import java.util.ArrayList;
import java.util.List;

/**
 * What an AOTInductor package says of itself, as text and as JSON. Nothing of it is loaded.
 *
 * @param file what was read
 * @param sha256 of the file, in hexadecimal digits
 */
public record PackageReport(ModelPackage file, String sha256) {
  private static final String FORMAT = "AOTInductor package";

  /** Reads the file once more, for its digest. */
  public static PackageReport of(ModelPackage file) {
    return new PackageReport(file, file.sha256());
  }

  /** The text, with a line end. */
  public String text() {
    List<String> lines = new ArrayList<>();
    lines.add("model       " + file.file());
    lines.add("format      " + FORMAT + ": machine code, run only what you trust");
    lines.add("sha256      " + sha256);
    for (Compiled model : file.models()) {
      lines.add("");
      lines.addAll(lines(model));
    }
    return String.join("\n", lines) + "\n";
  }

  private static List<String> lines(Compiled model) {
    List<String> lines = new ArrayList<>();
    lines.add("name        " + model.name());
    lines.add(
        "compiled    for %s, %s %s%s%s"
            .formatted(
                model.device(),
                model.platform(),
                model.machine(),
                model.isa().isEmpty() ? "" : ", vectors " + model.isa(),
                model.spec().map(spec -> ", by torch " + spec.torch()).orElse("")));
    lines.add(
        "here        " + model.obstacle().map(reason -> "can't run: " + reason).orElse("runs"));
    model.spec().ifPresent(spec -> lines.addAll(lines(spec)));
    lines.add(
        "checked     before a call: "
            + String.join(", ", model.checkedBeforeCalls())
            + "; by the compiled code: "
            + String.join(", ", ModelPackage.CHECKED_BY_CODE));
    return lines;
  }

  private static List<String> lines(Spec spec) {
    List<String> lines = new ArrayList<>();
    String label = "inputs      ";
    for (ModelPackage.Input input : spec.inputs()) {
      lines.add("%s%s %s: %s".formatted(label, input.name(), input.parameter(), input));
      label = " ".repeat(label.length());
    }
    for (ModelPackage.Fixed fixed : spec.fixed()) {
      lines.add(
          "%s%s %s: always %s".formatted(label, fixed.name(), fixed.parameter(), fixed.value()));
    }
    label = "outputs     ";
    for (ModelPackage.Output output : spec.outputs()) {
      lines.add("%s%s: %s".formatted(label, output.name(), output));
      label = " ".repeat(label.length());
    }
    lines.add("weights     " + (spec.isReplaceable() ? "can be replaced" : "can't be replaced"));
    lines.add(
        "threads     "
            + (spec.threads().isPresent()
                ? spec.threads().getAsInt() + ", whatever its caller has"
                : "as many as its caller has"));
    spec.agreement()
        .ifPresent(
            found ->
                lines.add(
                    "error       %s of the largest value over %d call%s, when it was compiled"
                        .formatted(
                            Figures.percent(found.maxRel()),
                            found.calls(),
                            found.calls() == 1 ? "" : "s")));
    return lines;
  }

  /** The document. */
  public JsonObject json() {
    JsonObject document = Json.document(InspectReport.SCHEMA);
    document.addProperty("model", file.file().toString());
    document.addProperty("format", FORMAT);
    document.addProperty("sha256", sha256);
    JsonArray models = new JsonArray();
    file.models().forEach(model -> models.add(json(model)));
    document.add("models", models);
    return document;
  }

  private static JsonObject json(Compiled model) {
    JsonObject object = new JsonObject();
    object.addProperty("name", model.name());
    object.addProperty("device", model.device());
    object.addProperty("platform", model.platform());
    object.addProperty("machine", model.machine());
    object.addProperty("isa", model.isa());
    object.addProperty("capability", model.capability());
    object.add("obstacle", Json.text(model.obstacle().orElse(null)));
    object.add("checked_before_calls", Json.texts(model.checkedBeforeCalls()));
    object.add("checked_by_code", Json.texts(ModelPackage.CHECKED_BY_CODE));
    model.spec().ifPresent(spec -> addTo(object, spec));
    return object;
  }

  private static JsonObject json(Agreement found) {
    JsonObject object = new JsonObject();
    object.add("max_abs", Json.number(found.maxAbs()));
    object.add("max_rel", Json.number(found.maxRel()));
    object.addProperty("calls", found.calls());
    return object;
  }

  private static void addTo(JsonObject object, Spec spec) {
    object.addProperty("torch", spec.torch());
    object.add("cpu_features", Json.texts(spec.cpuFeatures()));
    object.addProperty("replaceable", spec.isReplaceable());
    object.addProperty("stateful", spec.isStateful());
    object.addProperty("source", spec.source());
    object.add(
        "threads", Json.number(spec.threads().isPresent() ? spec.threads().getAsInt() : null));
    object.add(
        "accuracy",
        spec.agreement().<JsonElement>map(PackageReport::json).orElse(JsonNull.INSTANCE));
    JsonArray inputs = new JsonArray();
    for (ModelPackage.Input input : spec.inputs()) {
      JsonObject entry = new JsonObject();
      entry.addProperty("name", input.name());
      entry.addProperty("parameter", input.parameter());
      entry.addProperty("dtype", input.dtype().toString());
      entry.add("shape", Json.texts(input.shape().stream().map(Dim::toString).toList()));
      inputs.add(entry);
    }
    object.add("inputs", inputs);
    JsonArray outputs = new JsonArray();
    for (ModelPackage.Output output : spec.outputs()) {
      JsonObject entry = new JsonObject();
      entry.addProperty("name", output.name());
      entry.add("dtype", Json.text(output.dtype().map(Object::toString).orElse(null)));
      entry.add("shape", Json.texts(output.shape().stream().map(Dim::toString).toList()));
      outputs.add(entry);
    }
    object.add("outputs", outputs);
  }
}
