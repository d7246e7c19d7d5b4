package io.github.narthex;

import io.github.narthex.ModelPackage.Dim;
import io.github.narthex.ModelPackage.Input;
import io.github.narthex.ModelPackage.Spec;
import io.github.narthex.internal.aoti.TreeSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a compiled model is called: arguments are checked and flattened into the tensors that it
 * takes, and the tensors that it returns are nested as Python's results were.
 */
final class PackageCode {
  private final String name;
  private final Device device;
  private final Optional<Spec> spec;
  private final List<String> parameters = new ArrayList<>();
  private final List<TreeSpec> arguments = new ArrayList<>();

  /** By leaf of the arguments: whether its value is part of the code. */
  private final List<Boolean> isFixed = new ArrayList<>();

  private final TreeSpec results;

  /**
   * The code of a package.
   *
   * @param device where it was loaded
   * @param in how arguments are nested: a tuple of those by position, and a dict of those by name
   */
  PackageCode(String name, Device device, Optional<Spec> spec, TreeSpec in, TreeSpec results) {
    this.name = name;
    this.device = device;
    this.spec = spec;
    this.results = results;
    if (in instanceof TreeSpec.Items(boolean _, List<TreeSpec> halves)
        && halves.size() == 2
        && halves.get(0) instanceof TreeSpec.Items(boolean _, List<TreeSpec> positional)
        && halves.get(1) instanceof TreeSpec.Dict(List<String> keys, List<TreeSpec> named)) {
      for (int i = 0; i < positional.size(); i++) {
        add("ARGS[" + i + "]", positional.get(i));
      }
      for (int i = 0; i < keys.size(); i++) {
        add("KWARGS[" + keys.get(i) + "]", named.get(i));
      }
    } else {
      throw new UnsupportedException(
          name + " has a call specification that is not known here: export it again");
    }
  }

  private void add(String place, TreeSpec argument) {
    arguments.add(argument);
    names(place, argument).forEach(leaf -> isFixed.add(isFixed(leaf)));
    parameters.add(parameter(place));
  }

  /** The places of an argument's leaves. */
  private static List<String> names(String place, TreeSpec argument) {
    List<String> names = new ArrayList<>();
    switch (argument) {
      case TreeSpec.Leaf _ -> names.add(place);
      case TreeSpec.Items(boolean _, List<TreeSpec> children) -> {
        for (int i = 0; i < children.size(); i++) {
          names.addAll(names(place + "[" + i + "]", children.get(i)));
        }
      }
      case TreeSpec.Dict(List<String> keys, List<TreeSpec> children) -> {
        for (int i = 0; i < children.size(); i++) {
          names.addAll(names(place + "[" + keys.get(i) + "]", children.get(i)));
        }
      }
    }
    return names;
  }

  private boolean isFixed(String place) {
    return spec.stream().flatMap(of -> of.fixed().stream()).anyMatch(f -> f.name().equals(place));
  }

  /** The name of an argument in the model's code, or its place if that is not known. */
  private String parameter(String place) {
    return spec.stream()
        .flatMap(of -> of.inputs().stream())
        .filter(input -> input.name().equals(place) || input.name().startsWith(place + "["))
        .map(input -> input.parameter().replaceFirst("\\[.*", ""))
        .findFirst()
        .orElse(place.startsWith("KWARGS[") ? place.substring(7, place.length() - 1) : place);
  }

  /** The names of the tensors that it takes, flattened. */
  List<String> tensorNames() {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < arguments.size(); i++) {
      names.addAll(names(parameters.get(i), arguments.get(i)));
    }
    List<String> tensors = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      if (!isFixed.get(i)) {
        tensors.add(names.get(i));
      }
    }
    return tensors;
  }

  /** Where it was loaded, for good. */
  Device device() {
    return device;
  }

  /** Whether calls change what it keeps; false where that is not known. */
  boolean isStateful() {
    return spec.filter(Spec::isStateful).isPresent();
  }

  /** What is known of its inputs; empty for a package that does not say. */
  Optional<Spec> spec() {
    return spec;
  }

  /**
   * The tensors that it takes.
   *
   * @throws IllegalArgumentException if arguments do not fit in count, structure, dtype or shape
   */
  List<Value> flatten(List<Value> given, Map<String, Value> named) {
    List<? extends @Nullable Value> values =
        NamedArguments.arrange("forward", parameters, given, named);
    if (values.size() > arguments.size()) {
      throw new IllegalArgumentException(
          "forward takes %d argument%s, got %d"
              .formatted(arguments.size(), arguments.size() == 1 ? "" : "s", values.size()));
    }
    List<Value> tensors = new ArrayList<>();
    int[] leaf = {0};
    for (int i = 0; i < arguments.size(); i++) {
      Value value = i < values.size() ? values.get(i) : null;
      flatten(parameters.get(i), arguments.get(i), value, leaf, tensors);
    }
    spec.ifPresent(of -> check(of.inputs(), tensors));
    return tensors;
  }

  private void flatten(
      String place, TreeSpec shape, @Nullable Value value, int[] leaf, List<Value> tensors) {
    switch (shape) {
      case TreeSpec.Leaf _ -> {
        if (isFixed.get(leaf[0]++)) {
          if (value != null && !(value instanceof Value.None)) {
            throw new IllegalArgumentException(
                "forward: argument '%s' was fixed when %s was compiled: leave it out"
                    .formatted(place, name));
          }
        } else if (value instanceof Value.OfTensor) {
          tensors.add(value);
        } else {
          throw unexpected(place, "a tensor", value);
        }
      }
      case TreeSpec.Items(boolean isTuple, List<TreeSpec> children) -> {
        List<Value> items =
            switch (value) {
              case Value.OfTuple(List<Value> of) -> of;
              case Value.OfList(List<Value> of) -> of;
              case null, default ->
                  throw unexpected(
                      place, (isTuple ? "a tuple of " : "a list of ") + children.size(), value);
            };
        if (items.size() != children.size()) {
          throw unexpected(
              place, (isTuple ? "a tuple of " : "a list of ") + children.size(), value);
        }
        for (int i = 0; i < items.size(); i++) {
          flatten(place + "[" + i + "]", children.get(i), items.get(i), leaf, tensors);
        }
      }
      case TreeSpec.Dict(List<String> keys, List<TreeSpec> children) -> {
        if (!(value instanceof Value.OfDict(Map<Value, Value> entries))
            || entries.size() != keys.size()) {
          throw unexpected(place, "a dict with the keys " + String.join(", ", keys), value);
        }
        for (int i = 0; i < keys.size(); i++) {
          Value item = entries.get(Value.of(keys.get(i)));
          flatten(place + "[" + keys.get(i) + "]", children.get(i), item, leaf, tensors);
        }
      }
    }
  }

  private static IllegalArgumentException unexpected(
      String place, String expected, @Nullable Value got) {
    return new IllegalArgumentException(
        got == null
            ? "forward: argument '%s' (%s) is missing".formatted(place, expected)
            : "forward: argument '%s': expected %s, got %s"
                .formatted(place, expected, Values.kind(got)));
  }

  private static void check(List<Input> inputs, List<Value> tensors) {
    Map<String, Long> sizes = new HashMap<>();
    for (int i = 0; i < Math.min(inputs.size(), tensors.size()); i++) {
      if (tensors.get(i) instanceof Value.OfTensor(Tensor tensor)) {
        check(inputs.get(i), tensor, sizes);
      }
    }
  }

  private static void check(Input input, Tensor tensor, Map<String, Long> sizes) {
    Shape shape = tensor.shape();
    List<Dim> dims = input.shape();
    boolean fits = tensor.dtype() == input.dtype() && shape.rank() == dims.size();
    for (int i = 0; fits && i < dims.size(); i++) {
      Dim dim = dims.get(i);
      fits = dim.allows(shape.dim(i));
      Long other = dim.name().isEmpty() ? null : sizes.putIfAbsent(dim.name(), shape.dim(i));
      if (fits && other != null && other != shape.dim(i)) {
        throw new IllegalArgumentException(
            "forward: argument '%s': dimension %d is %d, and '%s' is %d in another place"
                .formatted(input.parameter(), i, shape.dim(i), dim.name(), other));
      }
    }
    if (!fits) {
      throw new IllegalArgumentException(
          "forward: argument '%s' (%s): expected %s, got %s %s"
              .formatted(input.parameter(), input.name(), input, tensor.dtype(), shape));
    }
  }

  /** Nests what the compiled code returned. */
  Value nested(Value flat) {
    if (!(flat instanceof Value.OfTuple(List<Value> tensors))) {
      return flat;
    }
    return tensors.size() == results.leaves() ? nested(results, tensors.iterator()) : flat;
  }

  private static Value nested(TreeSpec shape, Iterator<Value> tensors) {
    return switch (shape) {
      case TreeSpec.Leaf _ -> tensors.next();
      case TreeSpec.Items(boolean isTuple, List<TreeSpec> children) -> {
        List<Value> items = new ArrayList<>();
        children.forEach(child -> items.add(nested(child, tensors)));
        yield isTuple ? new Value.OfTuple(items) : new Value.OfList(items);
      }
      case TreeSpec.Dict(List<String> keys, List<TreeSpec> children) -> {
        Map<Value, Value> entries = new LinkedHashMap<>();
        for (int i = 0; i < keys.size(); i++) {
          entries.put(Value.of(keys.get(i)), nested(children.get(i), tensors));
        }
        yield new Value.OfDict(entries);
      }
    };
  }
}
