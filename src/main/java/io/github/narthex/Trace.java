package io.github.narthex;

import io.github.narthex.internal.torch.ModuleHandle;
import io.github.narthex.internal.torch.TensorHandle;
import io.github.narthex.internal.torch.TraceHandle;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import java.util.regex.Pattern;

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
 * nor from its weights. {@link #warnings} names the places where a traced tensor was read, and
 * {@link #of} makes a model that can be checked against the code.
 *
 * <p>A trace is used by one thread. It lives in its arena, and so do its tensors.
 */
public final class Trace implements Operands {
  private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

  private final Arena arena;
  private final TraceHandle handle;
  private final List<Tensor> inputs = new ArrayList<>();
  private final Set<Tensor> weights = new HashSet<>();
  private final TraceWarnings warnings = new TraceWarnings();
  private boolean ended;

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
   *     for tensors over segments and those that an operator or a model has returned, which are
   *     copied
   * @param examples one for each input of the model, with a shape that it is to be called with;
   *     copied
   * @throws IllegalArgumentException if a name is both a tensor's and a module's, or has an empty
   *     part
   * @throws IllegalStateException if an arena is closed
   * @throws WrongThreadException if an arena is confined to another thread
   * @throws DeviceMemoryException if memory is exhausted
   * @throws NativeLibraryException if libtorch can't be loaded
   */
  public static Trace begin(Arena arena, Weights weights, Tensor... examples) {
    SequencedMap<String, Tensor> named = new LinkedHashMap<>();
    for (Tensor example : examples) {
      named.put(examples.length == 1 ? "x" : "x" + named.size(), example);
    }
    return begin(arena, weights, named);
  }

  /**
   * Begins a trace whose inputs have names: those of the arguments of the model's {@code forward}.
   *
   * @param arena owns the trace and its tensors
   * @param weights as for {@link #begin(Arena, Weights, Tensor...)}
   * @param examples one for each input, in their order; copied
   * @throws IllegalArgumentException if a name is not made of letters, digits and underscores, or
   *     is {@code self}; if a weight's name is both a tensor's and a module's
   */
  public static Trace begin(Arena arena, Weights weights, SequencedMap<String, Tensor> examples) {
    List<String> names = List.copyOf(examples.sequencedKeySet());
    for (String name : names) {
      if (!NAME.matcher(name).matches() || name.equals("self")) {
        throw new IllegalArgumentException("'" + name + "' can't be the name of an input");
      }
    }
    Tensor[] tensors = examples.sequencedValues().toArray(Tensor[]::new);
    try (Arena passing = Arena.ofConfined()) {
      ModuleHandle module = ModuleHandle.create(passing, weights.moduleEntries(passing));
      return new Trace(arena, TraceHandle.begin(arena, module, handles(passing, tensors), names));
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
   * Traces a function from beginning to end.
   *
   * @param arena owns the model
   * @param weights as for {@link #begin}; a {@linkplain Traced#check check} reads them again
   * @param examples one for each input of the model
   * @throws IllegalArgumentException as {@link #begin} and {@link #end}
   * @throws IllegalStateException if an arena is closed; also what else these throw, and the
   *     function
   */
  public static Traced of(
      Arena arena, Weights weights, TraceFunction function, Tensor... examples) {
    try (Arena tracing = Arena.ofConfined()) {
      Trace trace = begin(tracing, weights, examples);
      List<Tensor> outputs = function.apply(trace);
      Model model = trace.end(arena, outputs.toArray(Tensor[]::new));
      return new Traced(model, trace.warnings(), weights, function);
    }
  }

  /**
   * {@inheritDoc}
   *
   * @throws IndexOutOfBoundsException if there is no such input
   */
  @Override
  public Tensor input(int index) {
    return inputs.get(index);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if there is none of that name, or the trace has ended
   * @throws IllegalStateException if the trace's arena is closed
   * @throws WrongThreadException if it is confined to another thread
   */
  @Override
  public Tensor weight(String name) {
    Tensor weight = new Tensor(arena, handle.parameter(arena, name), this);
    weights.add(weight);
    return weight;
  }

  /**
   * Ends the trace.
   *
   * @param model owns the model, which does not need the trace's arena
   * @param outputs what the model returns: a tensor, or a tuple of several
   * @return the model, in evaluation mode
   * @throws IllegalArgumentException if the trace has ended, there is no output, or an output does
   *     not come from this trace
   * @throws IllegalStateException if an arena is closed, or another thread is using the trace
   * @throws WrongThreadException if an arena is confined to another thread
   */
  public Model end(Arena model, Tensor... outputs) {
    try (Arena passing = Arena.ofConfined()) {
      ModuleHandle traced = handle.end(model, handles(passing, outputs));
      ended = true;
      return Model.of(model, traced);
    }
  }

  /**
   * Where a tensor of the trace was read before its end: its elements, or the shape of one that is
   * computed. What Java computes of that is the same at each call of the model, whatever its
   * inputs. Each is a line with the place in the code; they are logged too, at level WARNING.
   */
  public List<String> warnings() {
    return warnings.messages();
  }

  /** The shape of a weight is the same for each input. */
  void noteRead(Tensor tensor, boolean isShape) {
    if (!ended && !(isShape && weights.contains(tensor))) {
      warnings.note();
    }
  }

  /** An operator has made a number of a tensor. */
  void noteNumber() {
    if (!ended) {
      warnings.note();
    }
  }

  TraceHandle handle() {
    return handle;
  }
}
