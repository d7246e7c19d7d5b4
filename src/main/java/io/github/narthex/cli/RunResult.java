package io.github.narthex.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.github.narthex.Value;
import io.github.narthex.report.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The parts of what a model returned, in its order.
 *
 * @param path such as {@code boxes[0]}: keys of dicts and fields of named tuples, joined by dots,
 *     and positions in lists and tuples; empty for a result that is one part
 * @param isNamed whether there is more in the path than positions
 * @param value a tensor, or what holds none
 */
record RunResult(String path, boolean isNamed, Value value) {
  /** Takes a result apart into its tensors and what else there is. */
  static List<RunResult> of(Value result) {
    List<RunResult> parts = new ArrayList<>();
    new RunResult("", false, result).addTo(parts);
    return parts;
  }

  private void addTo(List<RunResult> parts) {
    switch (value) {
      case Value.OfNamedTuple(Map<String, Value> fields) when !fields.isEmpty() ->
          fields.forEach((name, field) -> named(name, field).addTo(parts));
      case Value.OfDict(Map<Value, Value> entries) when !entries.isEmpty() ->
          addEntries(entries, parts);
      case Value.OfTuple(List<Value> items) when holdsTensors() -> addItems(items, parts);
      case Value.OfList(List<Value> items) when holdsTensors() -> addItems(items, parts);
      default -> parts.add(this);
    }
  }

  private boolean holdsTensors() {
    return !value.tensors().isEmpty();
  }

  private void addItems(List<Value> items, List<RunResult> parts) {
    for (int i = 0; i < items.size(); i++) {
      new RunResult(path + "[" + i + "]", isNamed, items.get(i)).addTo(parts);
    }
  }

  /** A key that is a tensor is a part too, as it is among the outputs of a session. */
  private void addEntries(Map<Value, Value> entries, List<RunResult> parts) {
    int index = 0;
    for (Map.Entry<Value, Value> entry : entries.entrySet()) {
      if (entry.getKey() instanceof Value.OfTensor) {
        named("keys[" + index + "]", entry.getKey()).addTo(parts);
        named("values[" + index + "]", entry.getValue()).addTo(parts);
      } else if (entry.getKey() instanceof Value.OfString(String text)) {
        named(text, entry.getValue()).addTo(parts);
      } else {
        String subscript = path + "[" + text(entry.getKey()) + "]";
        new RunResult(subscript, true, entry.getValue()).addTo(parts);
      }
      index++;
    }
  }

  private RunResult named(String name, Value part) {
    return new RunResult(path.isEmpty() ? name : path + "." + name, true, part);
  }

  /** What is no tensor as one line, such as {@code label: "cat"}. */
  String line() {
    return (path.isEmpty() ? "value" : path) + ": " + text(value);
  }

  /** What is no tensor as JSON. */
  JsonObject json() {
    JsonObject object = new JsonObject();
    object.add("name", Json.text(path.isEmpty() ? null : path));
    object.add("value", json(value));
    return object;
  }

  private static String text(Value value) {
    return switch (value) {
      case Value.OfInt(long number) -> Long.toString(number);
      case Value.OfDouble(double number) -> Double.toString(number);
      case Value.OfBool(boolean flag) -> Boolean.toString(flag);
      default -> json(value).toString();
    };
  }

  private static JsonElement json(Value value) {
    return switch (value) {
      case Value.OfInt(long number) -> new JsonPrimitive(number);
      case Value.OfDouble(double number) -> Json.number(number);
      case Value.OfBool(boolean flag) -> new JsonPrimitive(flag);
      case Value.OfString(String text) -> new JsonPrimitive(text);
      case Value.OfList(List<Value> items) -> json(items);
      case Value.OfTuple(List<Value> items) -> json(items);
      case Value.OfNamedTuple(Map<String, Value> fields) -> {
        JsonObject object = new JsonObject();
        fields.forEach((name, field) -> object.add(name, json(field)));
        yield object;
      }
      case Value.OfDict(Map<Value, Value> entries) -> {
        JsonObject object = new JsonObject();
        entries.forEach(
            (key, entry) ->
                object.add(
                    key instanceof Value.OfString(String text) ? text : text(key), json(entry)));
        yield object;
      }
      case Value.None _ -> JsonNull.INSTANCE;
      // Tensors are parts of their own, and the others are only ever given.
      case Value.OfTensor _,
          Value.OfInts _,
          Value.OfDType _,
          Value.OfDevice _,
          Value.OfMemoryFormat _,
          Value.OfGenerator _ ->
          new JsonPrimitive(value.toString());
    };
  }

  private static JsonArray json(List<Value> items) {
    JsonArray array = new JsonArray();
    items.forEach(item -> array.add(json(item)));
    return array;
  }
}
