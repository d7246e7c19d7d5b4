package io.github.narthex;

import io.github.narthex.internal.torch.ModuleHandle;
import io.github.narthex.internal.torch.TensorHandle;
import io.github.narthex.internal.torch.TraceHandle;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes a TorchScript model of ordinary operator calls, as {@code torch.jit.trace} does in Python:
 * compute with {@link #input} and {@link #weight}, and what is computed is recorded. The model can
 * then be frozen, fused and saved, and Python's torch loads it.
 *
 * <pre>{@code
 * Trace trace = Trace.begin(arena, weights, example);
 * Tensor y = trace.input(0).linear(trace.weight("fc.weight"), trace.weight("fc.bias")).relu();
 * Model model = trace.end(arena, y);
 * }</pre>
 *
 * <p>What Java computes on its own (a shape that was read, an array that was filled) is not seen
 * and becomes a constant of the model; so does a tensor that comes neither from the trace's inputs
 * nor from its weights.
 *
 * <p>A trace is used by one thread. It lives in its arena, and so do its tensors.
 */
public final class Trace {
  private final Arena arena;
  private final TraceHandle handle;
  private final List<Tensor> inputs = new ArrayList<>();

  private Trace(Arena arena, TraceHandle.Begun begun) {
    this.arena = arena;
    this.handle = begun.trace();
    for (TensorHandle input : begun.inputs()) {
      inputs.add(new Tensor(arena, input, this));
    }
  }

  /**
   * Begins a trace.
   *
   * @param arena owns the trace and its tensors
   * @param weights become the model's parameters and buffers; their memory is shared with it, but
   *     for tensors over segments, which are copied
   * @param examples one for each input of the model, with a shape that it is to be called with;
   *     copied
   * @throws IllegalArgumentException if a name is both a tensor's and a module's
   */
  public static Trace begin(Arena arena, Weights weights, Tensor... examples) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < examples.length; i++) {
      names.add(examples.length == 1 ? "x" : "x" + i);
    }
    try (Arena passing = Arena.ofConfined()) {
      ModuleHandle module = ModuleHandle.create(passing, weights.moduleEntries(passing));
      return new Trace(arena, TraceHandle.begin(arena, module, handles(passing, examples), names));
    }
  }

  /** Handles that no other thread can close, for calls that take an array of them. */
  private static List<TensorHandle> handles(Arena passing, Tensor... tensors) {
    List<TensorHandle> handles = new ArrayList<>();
    for (Tensor tensor : tensors) {
      handles.add(tensor.keep(passing).handle());
    }
    return handles;
  }

  /**
   * An input, to compute with.
   *
   * @throws IndexOutOfBoundsException if there is no such input
   */
  public Tensor input(int index) {
    return inputs.get(index);
  }

  /**
   * A parameter or buffer, to compute with.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  public Tensor weight(String name) {
    return new Tensor(arena, handle.parameter(arena, name), this);
  }

  /**
   * Ends the trace.
   *
   * @param model owns the model, which does not need the trace's arena
   * @param outputs what the model returns: a tensor, or a tuple of several
   * @return the model, in evaluation mode
   * @throws IllegalArgumentException if the trace has ended, there is no output, or an output does
   *     not come from this trace
   */
  public Model end(Arena model, Tensor... outputs) {
    try (Arena passing = Arena.ofConfined()) {
      return Model.of(model, handle.end(model, handles(passing, outputs)));
    }
  }

  TraceHandle handle() {
    return handle;
  }
}
