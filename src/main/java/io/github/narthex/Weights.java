package io.github.narthex;

import io.github.narthex.internal.torch.ModuleHandle;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The tensors of a model by name, in their order: parameters, which training would change, and
 * buffers, which it would not. Names are dotted paths such as {@code layer1.0.conv1.weight}. Not
 * thread-safe; it owns none of the tensors.
 */
public final class Weights {
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
