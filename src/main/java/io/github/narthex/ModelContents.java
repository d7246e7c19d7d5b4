package io.github.narthex;

import io.github.narthex.internal.torch.Arenas;
import io.github.narthex.internal.torch.ModuleHandle;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.SortedMap;

/** What is in a model: weights, code, and what became of it. */
public sealed interface ModelContents permits Model {
  /**
   * The parameters by dotted name; a frozen model has none, see {@link #constants}.
   *
   * @throws IllegalStateException if the model is closed
   * @throws WrongThreadException if its arena is confined to another thread
   * @throws UnsupportedException if one is of a dtype or on a device that Java has not
   */
  default SortedMap<String, TensorInfo> parameters() {
    return Describe.tensors(handle(), ModuleHandle.Property.PARAMETERS);
  }

  /**
   * The buffers by dotted name.
   *
   * @throws IllegalStateException if the model is closed; also as {@link #parameters}
   */
  default SortedMap<String, TensorInfo> buffers() {
    return Describe.tensors(handle(), ModuleHandle.Property.BUFFERS);
  }

  /**
   * The parameters and buffers themselves, the parameters first: Python's {@code state_dict}. They
   * are views: who writes to them changes this model and those that share its weights. {@link
   * Tensor#copy} makes copies. A frozen model has none.
   *
   * @param arena owns the tensors; they keep their memory when the model is closed
   * @throws IllegalStateException if an arena is closed
   * @throws WrongThreadException if an arena is confined to another thread
   */
  default Weights stateDict(Arena arena) {
    Arenas.requireOpen(arena);
    return Describe.weights(handle(), arena);
  }

  /**
   * The tensors that the code holds as constants: a frozen model's weights.
   *
   * @throws IllegalStateException if the model is closed; also as {@link #parameters}
   */
  default List<TensorInfo> constants() {
    return self().code() == null
        ? Describe.constants(handle())
        : List.copyOf(PackageWeights.of(self()).values());
  }

  /**
   * How often each operator stands in the code of all methods.
   *
   * @throws IllegalStateException if the model is closed
   * @throws WrongThreadException if its arena is confined to another thread
   */
  default SortedMap<String, Long> operators() {
    return Describe.operators(handle());
  }

  /**
   * How many weights of its convolutions and linear layers are zero; counts them anew each time.
   * Weights that are quantised or in oneDNN's layouts are not counted, and none of compiled code.
   *
   * @throws IllegalStateException if the arena is closed
   */
  default Sparsity sparsity() {
    return self().code() == null ? Describe.sparsity(handle()) : new Sparsity(List.of());
  }

  /**
   * What calls {@linkplain Model#withOneDnnGraph with oneDNN Graph} have compiled so far, of this
   * model and those that share its code ({@link Model#withThreads}, {@link Model#keep}): one for
   * each shape of inputs and number of threads. A service that sees new ones under load has inputs
   * of more shapes than it was warmed up with.
   *
   * @throws IllegalStateException if the model is closed
   * @throws WrongThreadException if its arena is confined to another thread
   */
  default List<Compilation> compilations() {
    return Describe.compilations(handle());
  }

  /**
   * Whether a method changes the model's own attributes or buffers, as recurrent models and caches
   * do: its answers then depend on the calls before, and its calls take turns, since libtorch does
   * not guard them. Of a package it is known if it says so.
   *
   * @throws IllegalStateException if the model is closed
   * @throws WrongThreadException if its arena is confined to another thread
   */
  default boolean isStateful() {
    PackageCode code = self().code();
    return handle().isStateful() || (code != null && code.isStateful());
  }

  /**
   * Whether the model, or a part of it, is in training mode; such a model is not run.
   *
   * @throws IllegalStateException if the model is closed
   * @throws WrongThreadException if its arena is confined to another thread
   */
  default boolean training() {
    return handle().trainingCount() != 0;
  }

  private Model self() {
    return (Model) this;
  }

  private ModuleHandle handle() {
    return self().handle();
  }
}
