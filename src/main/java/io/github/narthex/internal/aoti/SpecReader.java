package io.github.narthex.internal.aoti;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.github.narthex.DType;
import io.github.narthex.ModelPackage.Agreement;
import io.github.narthex.ModelPackage.Dim;
import io.github.narthex.ModelPackage.Fixed;
import io.github.narthex.ModelPackage.Input;
import io.github.narthex.ModelPackage.Output;
import io.github.narthex.ModelPackage.Spec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads {@code extra/narthex.json}, whose format docs/pt2.md describes. */
final class SpecReader {
  private static final String FORMAT = "narthex.package/1";

  private SpecReader() {}

  /**
   * What the file says of a model; empty if it is of another format, or does not know the model.
   *
   * @throws RuntimeException if something in it is missing or of another type
   */
  static Optional<Spec> read(JsonObject file, String model) {
    if (!FORMAT.equals(text(file, "format"))) {
      return Optional.empty();
    }
    JsonObject of = file.getAsJsonObject("models").getAsJsonObject(model);
    if (of == null) {
      return Optional.empty();
    }
    return Optional.of(
        new Spec(
            text(file, "torch"),
            text(of, "isa"),
            list(of, "cpu_features", JsonElement::getAsString),
            list(of, "inputs", item -> input(item.getAsJsonObject())),
            list(of, "fixed", item -> fixed(item.getAsJsonObject())),
            list(of, "outputs", item -> output(item.getAsJsonObject())),
            of.has("replaceable") && of.get("replaceable").getAsBoolean(),
            list(of, "mutates", JsonElement::getAsString),
            threads(of),
            text(of, "source"),
            agreement(of)));
  }

  private static OptionalInt threads(JsonObject model) {
    JsonElement options = model.get("options");
    JsonElement threads =
        options == null || !options.isJsonObject()
            ? null
            : options.getAsJsonObject().get("threads");
    return threads == null || threads.isJsonNull()
        ? OptionalInt.empty()
        : OptionalInt.of(threads.getAsInt());
  }

  private static Optional<Agreement> agreement(JsonObject model) {
    JsonElement accuracy = model.get("accuracy");
    if (accuracy == null || !accuracy.isJsonObject()) {
      return Optional.empty();
    }
    JsonObject of = accuracy.getAsJsonObject();
    return Optional.of(
        new Agreement(number(of, "max_abs"), number(of, "max_rel"), (long) number(of, "calls")));
  }

  private static double number(JsonObject object, String key) {
    JsonElement value = object.get(key);
    return value == null || value.isJsonNull() ? Double.NaN : value.getAsDouble();
  }

  private static Input input(JsonObject object) {
    return new Input(
        text(object, "name"),
        text(object, "parameter"),
        DType.parse(text(object, "dtype")),
        dims(object),
        strides(object));
  }

  private static Fixed fixed(JsonObject object) {
    JsonElement value = object.get("value");
    return new Fixed(
        text(object, "name"), text(object, "parameter"), value == null ? "" : value.toString());
  }

  private static Output output(JsonObject object) {
    String dtype = text(object, "dtype");
    return new Output(
        text(object, "name"),
        dtype.isEmpty() ? Optional.empty() : Optional.of(DType.parse(dtype)),
        dims(object));
  }

  private static List<Dim> dims(JsonObject object) {
    return list(object, "shape", SpecReader::dim);
  }

  private static Dim dim(JsonElement dim) {
    if (!dim.isJsonObject()) {
      return Dim.fixed(dim.getAsLong());
    }
    JsonObject object = dim.getAsJsonObject();
    OptionalLong most =
        object.has("max") && !object.get("max").isJsonNull()
            ? OptionalLong.of(object.get("max").getAsLong())
            : OptionalLong.empty();
    return new Dim(
        object.has("min") ? object.get("min").getAsLong() : 0,
        most,
        object.has("name") ? text(object, "name") : text(object, "expression"));
  }

  /** None: row-major. -1 for a stride that depends on sizes. */
  private static Optional<List<Long>> strides(JsonObject object) {
    JsonElement strides = object.get("strides");
    return strides == null || strides.isJsonNull()
        ? Optional.empty()
        : Optional.of(
            list(object, "strides", item -> item.isJsonObject() ? -1L : item.getAsLong()));
  }

  private static <T> List<T> list(JsonObject object, String key, Function<JsonElement, T> read) {
    @Nullable JsonArray array =
        object.has(key) && object.get(key).isJsonArray() ? object.getAsJsonArray(key) : null;
    List<T> items = new ArrayList<>();
    if (array != null) {
      array.forEach(item -> items.add(read.apply(item)));
    }
    return items;
  }

  private static String text(JsonObject object, String key) {
    JsonElement value = object.get(key);
    return value == null || value.isJsonNull() ? "" : value.getAsString();
  }
}
