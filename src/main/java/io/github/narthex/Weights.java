package io.github.narthex;

import io.github.narthex.internal.torch.ModuleHandle;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The tensors of a model by name, in their order: parameters, which training would change, and
 * buffers, which it would not. Names are dotted paths such as {@code layer1.0.conv1.weight}. Not
 * thread-safe; it owns none of the tensors.
 */
public final class Weights {
  /** Of batch normalisation, which evaluation has no use for. */
  private static final String COUNTER = ".num_batches_tracked";

  /** No tensors yet. */
  public Weights() {}

  private record Entry(Tensor tensor, boolean isBuffer) {}

  private final Map<String, Entry> entries = new LinkedHashMap<>();

  /**
   * Adds a parameter.
   *
   * @throws IllegalArgumentException if the name is taken
   */
  public Weights parameter(String name, Tensor tensor) {
    return add(name, new Entry(tensor, false));
  }

  /**
   * Adds a buffer.
   *
   * @throws IllegalArgumentException if the name is taken
   */
  public Weights buffer(String name, Tensor tensor) {
    return add(name, new Entry(tensor, true));
  }

  /**
   * The tensor of that name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public Tensor get(String name) {
    Entry entry = entries.get(name);
    if (entry == null) {
      throw new IllegalArgumentException("no tensor is named '" + name + "'");
    }
    return entry.tensor();
  }

  /**
   * Weights of a state dict, which does not tell buffers from parameters: all are taken for
   * parameters. That makes no difference to {@link Model#withWeights}, where the model knows.
   */
  public static Weights of(Map<String, Tensor> stateDict) {
    Weights weights = new Weights();
    stateDict.forEach(weights::parameter);
    return weights;
  }

  /** The names, in their order. */
  public List<String> names() {
    return List.copyOf(entries.keySet());
  }

  /**
   * Whether the tensor of that name is a buffer.
   *
   * @throws IllegalArgumentException if there is none
   */
  public boolean isBuffer(String name) {
    get(name);
    return Objects.requireNonNull(entries.get(name)).isBuffer();
  }

  /** The tensors by name, in their order: a state dict. */
  public Map<String, Tensor> tensors() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    entries.forEach((name, entry) -> tensors.put(name, entry.tensor()));
    return Collections.unmodifiableMap(tensors);
  }

  /**
   * The entries that a model has a place for.
   *
   * @param expected what the model has
   * @param strict whether names that only one side has are mistakes
   * @throws WeightsMismatchException if something does not fit
   */
  List<ModuleHandle.Entry> fitting(
      Map<String, TensorInfo> expected, boolean strict, Arena passing) {
    List<String> mismatched = new ArrayList<>();
    List<ModuleHandle.Entry> fitting = new ArrayList<>();
    for (ModuleHandle.Entry entry : moduleEntries(passing)) {
      TensorInfo wanted = expected.get(entry.name());
      if (wanted != null) {
        TensorInfo given = get(entry.name()).info();
        if (given.equals(wanted)) {
          fitting.add(entry);
        } else if (isConverted(given, wanted)) {
          Tensor converted = get(entry.name()).keep(passing).to(wanted.dtype());
          fitting.add(new ModuleHandle.Entry(entry.name(), converted.handle(), entry.isBuffer()));
        } else {
          mismatched.add(entry.name() + ": expected " + wanted + ", got " + given);
        }
      }
    }
    List<String> missing =
        expected.keySet().stream()
            .filter(name -> strict && !entries.containsKey(name) && !name.endsWith(COUNTER))
            .toList();
    List<String> unexpected =
        entries.keySet().stream().filter(name -> strict && !expected.containsKey(name)).toList();
    if (!missing.isEmpty() || !unexpected.isEmpty() || !mismatched.isEmpty()) {
      throw new WeightsMismatchException(missing, unexpected, mismatched);
    }
    return fitting;
  }

  private static boolean isConverted(TensorInfo given, TensorInfo wanted) {
    return given.dtype().isFloatingPoint()
        && wanted.dtype().isFloatingPoint()
        && given.shape().equals(wanted.shape());
  }

  private Weights add(String name, Entry entry) {
    if (entries.putIfAbsent(name, entry) != null) {
      throw new IllegalArgumentException("two tensors are named '" + name + "'");
    }
    return this;
  }

  /** What a module is made of, by handles that no other thread can close. */
  List<ModuleHandle.Entry> moduleEntries(Arena passing) {
    List<ModuleHandle.Entry> list = new ArrayList<>();
    entries.forEach(
        (name, entry) ->
            list.add(
                new ModuleHandle.Entry(
                    name, entry.tensor().keep(passing).handle(), entry.isBuffer())));
    return list;
  }
}
