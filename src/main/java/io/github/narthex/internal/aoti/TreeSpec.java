package io.github.narthex.internal.aoti;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How Python's arguments or results are nested, as compiled code carries it: the JSON of PyTorch's
 * {@code treespec_dumps}.
 */
public sealed interface TreeSpec {
  /** A tensor, a number or nothing. */
  record Leaf() implements TreeSpec {}

  /** A tuple, a list, or a class that is registered like one. */
  record Items(boolean isTuple, List<TreeSpec> children) implements TreeSpec {}

  /** A dict, by its keys. */
  record Dict(List<String> keys, List<TreeSpec> children) implements TreeSpec {}

  /** How many leaves there are. */
  default int leaves() {
    return switch (this) {
      case Leaf _ -> 1;
      case Items items -> items.children().stream().mapToInt(TreeSpec::leaves).sum();
      case Dict dict -> dict.children().stream().mapToInt(TreeSpec::leaves).sum();
    };
  }

  /** Reads it; empty if it is not what is expected here. */
  static Optional<TreeSpec> parse(String json) {
    try {
      JsonArray document = JsonParser.parseString(json).getAsJsonArray();
      return Optional.of(node(document.get(1).getAsJsonObject()));
    } catch (JsonParseException
        | IllegalStateException
        | IndexOutOfBoundsException
        | UnsupportedOperationException e) {
      return Optional.empty();
    }
  }

  private static TreeSpec node(JsonObject node) {
    JsonElement type = node.get("type");
    if (type == null || type.isJsonNull()) {
      return new Leaf();
    }
    List<TreeSpec> children = new ArrayList<>();
    JsonElement inner = node.get("children_spec");
    if (inner == null || !inner.isJsonArray()) {
      throw new IllegalStateException("a node without children");
    }
    inner.getAsJsonArray().forEach(child -> children.add(node(child.getAsJsonObject())));
    return switch (type.getAsString()) {
      case "builtins.dict", "collections.OrderedDict" -> new Dict(keys(node), children);
      case "builtins.list" -> new Items(false, children);
      default -> new Items(true, children);
    };
  }

  /** The context of a dict is the JSON of its keys, itself as text. */
  private static List<String> keys(JsonObject node) {
    JsonElement context = node.get("context");
    JsonElement keys =
        context.isJsonPrimitive() ? JsonParser.parseString(context.getAsString()) : context;
    List<String> names = new ArrayList<>();
    keys.getAsJsonArray()
        .forEach(key -> names.add(key.isJsonPrimitive() ? key.getAsString() : key.toString()));
    return names;
  }
}
