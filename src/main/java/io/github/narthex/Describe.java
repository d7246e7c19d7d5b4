package io.github.narthex;

import io.github.narthex.internal.torch.CallFrame;
import io.github.narthex.internal.torch.ModuleHandle;
import io.github.narthex.internal.torch.OperatorHandle;
import io.github.narthex.internal.torch.TensorDescription;
import io.github.narthex.internal.torch.ValueReader;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** Reads what a module or an operator says of itself. */
final class Describe {
  private Describe() {}

  static SortedMap<String, TensorInfo> tensors(
      ModuleHandle module, ModuleHandle.Property property) {
    return read(
        module,
        property,
        value -> {
          SortedMap<String, TensorInfo> tensors = new TreeMap<>();
          for (int i = 0; i < value.length(); i++) {
            String name = value.item(2 * i).string();
            tensors.put(name, info(name, value.item(2 * i + 1)));
          }
          return Collections.unmodifiableSortedMap(tensors);
        });
  }

  /** The parameters and buffers themselves, in another handle. */
  static Weights weights(ModuleHandle module, Arena arena) {
    Weights weights = new Weights();
    addTensors(module, ModuleHandle.Property.PARAMETERS, arena, weights::parameter);
    addTensors(module, ModuleHandle.Property.BUFFERS, arena, weights::buffer);
    return weights;
  }

  /** A package's constants, copied. */
  static Weights packageWeights(ModuleHandle module, Arena arena) {
    Weights weights = new Weights();
    addTensors(module, ModuleHandle.Property.PACKAGE_CONSTANTS, arena, weights::parameter);
    return weights;
  }

  private static void addTensors(
      ModuleHandle module,
      ModuleHandle.Property property,
      Arena arena,
      BiConsumer<String, Tensor> add) {
    read(
        module,
        property,
        value -> {
          for (int i = 0; i < value.length(); i++) {
            Tensor tensor = new Tensor(arena, value.item(2 * i + 1).tensor(arena), null);
            add.accept(value.item(2 * i).string(), tensor);
          }
          return value;
        });
  }

  static List<TensorInfo> constants(ModuleHandle module) {
    return read(module, ModuleHandle.Property.CONSTANTS, value -> items(value, Describe::info));
  }

  static SortedMap<String, Long> operators(ModuleHandle module) {
    return read(module, ModuleHandle.Property.OPERATORS, Describe::counts);
  }

  private static SortedMap<String, Long> counts(ValueReader value) {
    SortedMap<String, Long> counts = new TreeMap<>();
    for (int i = 0; i < value.length(); i++) {
      counts.put(value.item(2 * i).string(), value.item(2 * i + 1).integer());
    }
    return Collections.unmodifiableSortedMap(counts);
  }

  static List<Method> methods(ModuleHandle module) {
    return read(
        module,
        ModuleHandle.Property.METHODS,
        value ->
            items(
                value,
                method ->
                    new Method(
                        method.item(0).string(),
                        items(
                            method.item(2),
                            argument ->
                                new Method.Argument(
                                    argument.item(0).string(),
                                    plainType(argument.item(1).string()),
                                    argument.item(2).bool())),
                        method.item(1).string())));
  }

  /** A script's argument without a type is a tensor; that this was not written is not its type. */
  private static String plainType(String type) {
    return type.replace(" (inferred)", "");
  }

  static List<Compilation> compilations(ModuleHandle module) {
    return read(
        module,
        ModuleHandle.Property.COMPILATIONS,
        value ->
            items(
                value,
                row ->
                    new Compilation(
                        row.item(0).string(),
                        (int) row.item(1).integer(),
                        row.item(2).real(),
                        row.item(3).integer(),
                        row.item(4).integer(),
                        counts(row.item(5)))));
  }

  static MemoryPlan memoryPlan(ValueReader plan) {
    try (Arena reading = Arena.ofConfined()) {
      return MemoryPlan.of(
          items(
              plan.item(0),
              row ->
                  new MemoryPlan.Made(
                      row.item(0).string(),
                      row.item(1).string(),
                      row.item(2).integer(),
                      (int) row.item(3).integer(),
                      row.item(4).integer(),
                      row.item(5).integer())),
          new Tensor(reading, plan.item(1).tensor(reading), null).toLongArray());
    }
  }

  static Sparsity sparsity(ModuleHandle module) {
    return new Sparsity(
        read(
            module,
            ModuleHandle.Property.SPARSITY,
            value ->
                items(
                    value,
                    row ->
                        new Sparsity.Layer(
                            row.item(0).string(), row.item(1).integer(), row.item(2).integer()))));
  }

  /** What an operator's schema says. */
  record Signature(List<Operator.Parameter> parameters, boolean mayReturnView) {}

  static Signature signature(OperatorHandle operator) {
    try (CallFrame frame = new CallFrame(0, 1)) {
      operator.describe(frame);
      ValueReader value = frame.result(0);
      return new Signature(
          items(
              value.item(0),
              parameter ->
                  new Operator.Parameter(
                      parameter.item(0).string(),
                      parameter.item(1).string(),
                      parameter.item(2).bool(),
                      parameter.item(3).bool())),
          value.item(1).bool());
    }
  }

  private static <T> List<T> items(ValueReader value, Function<ValueReader, T> read) {
    List<T> items = new ArrayList<>();
    for (int i = 0; i < value.length(); i++) {
      items.add(read.apply(value.item(i)));
    }
    return Collections.unmodifiableList(items);
  }

  private static TensorInfo info(String name, ValueReader value) {
    try {
      return info(value);
    } catch (UnsupportedException e) {
      throw new UnsupportedException("'" + name + "': " + e.getMessage(), e.detail(), e);
    }
  }

  private static TensorInfo info(ValueReader value) {
    try (Arena passing = Arena.ofConfined()) {
      TensorDescription description = value.tensor(passing).describe();
      return new TensorInfo(description.dtype(), description.shape());
    }
  }

  private static <T> T read(
      ModuleHandle module, ModuleHandle.Property property, Function<ValueReader, T> read) {
    try (CallFrame frame = new CallFrame(0, 1)) {
      module.read(property, frame);
      return read.apply(frame.result(0));
    }
  }
}
