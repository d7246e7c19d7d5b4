package io.github.narthex;

import io.github.narthex.internal.torch.ModuleHandle;
import java.lang.foreign.Arena;
import java.util.SortedMap;
import java.util.TreeMap;

/** Changed copies of a model, which leave it as it was and share what they do not change. */
public sealed interface ModelCopies permits Model {
  /**
   * The same model, kept alive by another arena too: nothing is copied, and this one may be closed.
   *
   * @throws IllegalStateException if an arena is closed
   * @throws WrongThreadException if an arena is confined to another thread
   */
  default Model keep(Arena other) {
    return self().like(other, handle().share(other), self().options());
  }

  /**
   * A copy in evaluation mode.
   *
   * @throws IllegalStateException if an arena is closed
   * @throws WrongThreadException if an arena is confined to another thread
   * @throws UnsupportedException if libtorch can't copy it
   * @throws DeviceMemoryException if memory is exhausted
   */
  default Model eval(Arena copy) {
    return self().code() == null ? self().like(copy, handle().eval(copy)) : keep(copy);
  }

  /**
   * A copy with these weights, all of them: as {@link #withWeights(Arena, Weights, boolean)} with
   * {@code strict}.
   *
   * @throws WeightsMismatchException if names, shapes or dtypes do not fit; also as there
   */
  default Model withWeights(Arena copy, Weights weights) {
    return withWeights(copy, weights, true);
  }

  /**
   * A copy with these weights, as {@code load_state_dict} loads them. Its parameters are the
   * tensors given: their memory is shared, also by all models that get the same; tensors over
   * segments, and those that an operator or a model has returned, are copied. So are buffers, since
   * the model's code may change them, and numbers of another floating-point dtype, which are
   * converted. As in Python, batch normalisation's {@code num_batches_tracked} may be missing.
   *
   * @param strict whether each parameter and buffer must be among the weights, and nothing else;
   *     otherwise names that the model has not are ignored, and what is not given stays
   * @throws WeightsMismatchException if names, shapes or dtypes do not fit, with all that do not
   * @throws IllegalStateException if an arena is closed
   * @throws WrongThreadException if an arena is confined to another thread
   */
  default Model withWeights(Arena copy, Weights weights, boolean strict) {
    self().requireScript("given other weights here, but by PackageWeights");
    SortedMap<String, TensorInfo> expected = new TreeMap<>(self().parameters());
    expected.putAll(self().buffers());
    try (Arena passing = Arena.ofConfined()) {
      return self().like(copy, handle().with(copy, weights.fitting(expected, strict, passing)));
    }
  }

  /**
   * A frozen copy: weights become constants of the code, and batch normalisation is folded into
   * convolutions.
   *
   * @throws IllegalStateException if the model is in training mode, or an arena is closed
   * @throws WrongThreadException if an arena is confined to another thread
   * @throws UnsupportedException if libtorch can't freeze it
   * @throws DeviceMemoryException if memory is exhausted
   */
  default Model freeze(Arena copy) {
    self().requireScript("frozen");
    self().requireEvaluation();
    return self().like(copy, handle().freeze(copy));
  }

  /**
   * A frozen copy with convolutions and linear layers in oneDNN's layouts ({@code
   * torch.jit.optimize_for_inference}).
   *
   * @throws IllegalStateException if the model is in training mode, or an arena is closed
   * @throws WrongThreadException if an arena is confined to another thread
   * @throws UnsupportedException if libtorch can't do it
   * @throws DeviceMemoryException if memory is exhausted
   */
  default Model optimizeForInference(Arena copy) {
    self().requireScript("optimised");
    self().requireEvaluation();
    return self().like(copy, handle().optimizeForInference(copy));
  }

  /**
   * A copy that computes in bfloat16: its floating-point weights are converted, floating inputs on
   * the way in and outputs on the way back, so that it is called like the original. Tensors in its
   * lists, tuples, dicts and objects are converted too; integer, complex and quantised ones are
   * left.
   *
   * @throws IllegalStateException if an arena is closed
   * @throws WrongThreadException if an arena is confined to another thread
   * @throws UnsupportedException if it holds weights that can't be converted: packed ones of
   *     quantised layers, or those of {@link #optimizeForInference}
   * @throws DeviceMemoryException if memory is exhausted
   */
  default Model bfloat16(Arena copy) {
    self().requireScript("converted");
    return self()
        .like(copy, handle().to(copy, DType.BFLOAT16), self().options().with(DType.BFLOAT16));
  }

  /**
   * A copy that computes in float16; otherwise as {@link #bfloat16}.
   *
   * @throws IllegalStateException if an arena is closed
   * @throws WrongThreadException if an arena is confined to another thread
   * @throws UnsupportedException as {@link #bfloat16}
   * @throws DeviceMemoryException if memory is exhausted
   */
  default Model half(Arena copy) {
    self().requireScript("converted");
    return self()
        .like(copy, handle().to(copy, DType.FLOAT16), self().options().with(DType.FLOAT16));
  }

  /**
   * A copy whose weights are on that device; inputs must be there too. Tensors that are there
   * already are shared. (A device that the model's own code names stays what it is.) A package
   * stays where it was loaded.
   *
   * @throws UnsupportedException if there is no such device, it holds weights that can't be moved,
   *     see {@link #bfloat16}, or it is a package on another device
   * @throws DeviceMemoryException if its memory is exhausted
   * @throws IllegalStateException if an arena is closed
   * @throws WrongThreadException if an arena is confined to another thread
   */
  default Model to(Arena copy, Device device) {
    PackageCode code = self().code();
    if (code != null && code.device().equals(device)) {
      return self().keep(copy);
    }
    self().requireScript("moved to another device");
    return self().like(copy, handle().to(copy, device));
  }

  /**
   * A copy with 4-d weights and inputs in channels-last layout; outputs come back row-major.
   * Weights that are packed in objects have layouts of their own, and keep them.
   *
   * @throws IllegalStateException if an arena is closed
   * @throws WrongThreadException if an arena is confined to another thread
   * @throws DeviceMemoryException if memory is exhausted
   */
  default Model channelsLast(Arena copy) {
    self().requireScript("converted");
    MemoryFormat format = MemoryFormat.CHANNELS_LAST;
    return self().like(copy, handle().to(copy, format), self().options().with(format));
  }

  /**
   * A copy whose code is changed as asked for. It is run like this one.
   *
   * @throws IllegalArgumentException if a layer is named that is not there; lists those that are
   * @throws IllegalArgumentException if it needs an observed model, and this one was not observed,
   *     no sample was run through it, or one made a layer's values infinite or NaN
   * @throws IllegalStateException if the model is in training mode, or an arena is closed
   * @throws WrongThreadException if an arena is confined to another thread
   * @throws UnsupportedException if libtorch can't do it to this model, or lacks the kernels
   * @throws DeviceMemoryException if memory is exhausted
   */
  default Rewrite.Result rewrite(Arena copy, Rewrite rewrite) {
    self().requireScript("rewritten");
    self().requireEvaluation();
    Rewriting.Outcome outcome = Rewriting.apply(copy, handle(), rewrite);
    return new Rewrite.Result(self().like(copy, outcome.module()), outcome.changes());
  }

  private Model self() {
    return (Model) this;
  }

  private ModuleHandle handle() {
    return self().handle();
  }
}
