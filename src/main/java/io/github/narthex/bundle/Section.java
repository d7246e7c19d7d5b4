package io.github.narthex.bundle;

import io.github.narthex.internal.text.Suggestion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * A mapping of a YAML file of which the keys are known. What it complains about, it says with
 * {@code file:line:column}.
 */
final class Section {
  private final YamlFile file;

  /** The keys that lead here, each with a dot after it. */
  private final String path;

  /** The mapping itself; null for one that is left out. */
  private final @Nullable Node node;

  private final Map<String, Node> values = new LinkedHashMap<>();

  private Section(YamlFile file, String path, @Nullable Node node, List<String> keys) {
    this.file = file;
    this.path = path;
    this.node = node;
    if (node instanceof MappingNode mapping) {
      for (NodeTuple entry : mapping.getValue()) {
        add(entry, keys);
      }
    } else if (node != null && !isNothing(node)) {
      throw file.error(
          node,
          "%sexpected keys such as '%s', found %s"
              .formatted(
                  path.isEmpty() ? "" : path.substring(0, path.length() - 1) + ": ",
                  keys.getFirst(),
                  kind(node)));
    }
  }

  private void add(NodeTuple entry, List<String> keys) {
    if (!(entry.getKeyNode() instanceof ScalarNode key)) {
      throw file.error(entry.getKeyNode(), "expected a key, found " + kind(entry.getKeyNode()));
    }
    String name = key.getValue();
    if (!keys.contains(name)) {
      throw file.error(
          key,
          "unknown key '%s%s'%s; known here are %s"
              .formatted(path, name, Suggestion.among(keys, name), String.join(", ", keys)));
    }
    if (values.putIfAbsent(name, entry.getValueNode()) != null) {
      throw file.error(key, "the key '%s%s' is there twice".formatted(path, name));
    }
  }

  /** The whole file. */
  static Section of(YamlFile file, List<String> keys) {
    return new Section(file, "", file.root().orElse(null), keys);
  }

  /** The mapping under a key; one without anything in it where it is left out. */
  Section section(String key, List<String> keys) {
    return new Section(file, path + key + ".", values.get(key), keys);
  }

  /** Whether there is a value of that name. */
  boolean has(String key) {
    return values.containsKey(key);
  }

  /**
   * A value, or null if the key is left out.
   *
   * @param reader throws {@link IllegalArgumentException} for what it does not take, with a message
   *     that goes on from the key
   */
  <T> @Nullable T optional(String key, Function<String, T> reader) {
    Node value = values.get(key);
    return value == null ? null : read(key, value, reader);
  }

  /** A value that must be there. */
  <T> T required(String key, Function<String, T> reader) {
    Node value = values.get(key);
    if (value == null) {
      throw missing(key);
    }
    return read(key, value, reader);
  }

  /** The values of a list; none if the key is left out. */
  <T> List<T> list(String key, Function<String, T> reader) {
    Node value = values.get(key);
    if (value == null || isNothing(value)) {
      return List.of();
    }
    if (!(value instanceof SequenceNode sequence)) {
      throw error(key, "expected a list, found " + kind(value));
    }
    List<T> items = new ArrayList<>();
    for (Node item : sequence.getValue()) {
      items.add(read(key, item, reader));
    }
    return items;
  }

  private <T> T read(String key, Node value, Function<String, T> reader) {
    if (!(value instanceof ScalarNode scalar)) {
      throw complaint(value, key, "expected a single value, found " + kind(value));
    }
    try {
      return reader.apply(scalar.getValue());
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw complaint(value, key, String.valueOf(e.getMessage()));
    }
  }

  /** What is wrong with a value. */
  ConfigurationException error(String key, String problem) {
    Node value = values.get(key);
    Node at = value == null ? node : value;
    return at == null
        ? new ConfigurationException(file.path(), 0, 0, path + key + ": " + problem)
        : complaint(at, key, problem);
  }

  private ConfigurationException missing(String key) {
    String problem = "expected the key '%s%s', which is not there".formatted(path, key);
    return node == null
        ? new ConfigurationException(file.path(), 0, 0, problem)
        : file.error(node, problem);
  }

  private ConfigurationException complaint(Node at, String key, String problem) {
    return file.error(at, path + key + ": " + problem);
  }

  private static boolean isNothing(Node node) {
    return node instanceof ScalarNode scalar && scalar.isPlain() && scalar.getValue().isEmpty();
  }

  private static String kind(Node node) {
    return switch (node) {
      case MappingNode _ -> "a mapping";
      case SequenceNode _ -> "a list";
      case ScalarNode scalar when scalar.getValue().isEmpty() -> "nothing";
      case ScalarNode scalar -> "'" + scalar.getValue() + "'";
      default -> "something else";
    };
  }
}
