package io.github.narthex;

import io.github.narthex.internal.torch.Arenas;
import io.github.narthex.internal.torch.CallFrame;
import io.github.narthex.internal.torch.OperatorHandle;
import io.github.narthex.internal.torch.TraceHandle;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * One of libtorch's operators, called by its schema. All of ATen is reachable this way; {@link
 * Tensor} has typed methods for the common ones. Operators are thread-safe and live for ever.
 *
 * <p>Operators run on the calling thread and on it alone (one intra-op thread), without gradients.
 */
public final class Operator {
  // Operators are immutable and few: a cache, not state.
  private static final Map<String, Operator> FOUND = new ConcurrentHashMap<>();

  private final OperatorHandle handle;
  private final String name;

  private Operator(String name, OperatorHandle handle) {
    this.name = name;
    this.handle = handle;
  }

  /**
   * The operator of that name, such as {@code aten::relu} or, with an overload, {@code
   * aten::add.Tensor}.
   *
   * @throws UnsupportedException if libtorch has no such operator
   * @throws NativeLibraryException if libtorch can't be loaded
   */
  public static Operator of(String name) {
    Operator found = FOUND.get(name);
    return found == null ? FOUND.computeIfAbsent(name, Operator::find) : found;
  }

  private static Operator find(String name) {
    int dot = name.indexOf('.');
    return new Operator(
        name,
        dot < 0
            ? OperatorHandle.find(name, "")
            : OperatorHandle.find(name.substring(0, dot), name.substring(dot + 1)));
  }

  /** The name with its overload. */
  public String name() {
    return name;
  }

  /** The schema in libtorch's notation. */
  public String schema() {
    return handle.schema();
  }

  /**
   * Calls the operator. Arguments go by position; those left out at the end take their defaults.
   *
   * <p><b>Unsafe:</b> types are checked against the schema, but not what an operator does. Some
   * (such as {@code aten::set_}, {@code aten::as_strided} or those whose names begin with an
   * underscore) can be made to read memory that is not theirs, or end the process. Give it nothing
   * that comes from an untrusted source.
   *
   * @param arena owns the resulting tensors; a result that would view a segment of another arena is
   *     a copy instead
   * @return one value for each of the schema's returns
   * @throws IllegalArgumentException if arguments do not fit the schema; names the parameter
   * @throws IllegalStateException if an arena is closed
   * @throws WrongThreadException if an arena is confined to another thread
   * @throws OperatorException if libtorch refuses, with its reason
   * @throws DeviceMemoryException if memory is exhausted
   */
  public List<Value> call(Arena arena, Value... arguments) {
    List<Value> given = List.of(arguments);
    List<Tensor> tensors = new ArrayList<>(arguments.length);
    for (Value value : arguments) {
      Values.collectTensors(value, tensors);
    }
    Trace trace = traceOf(tensors);
    TraceHandle traceHandle = trace == null ? null : trace.handle();
    Arenas.requireOpen(arena);
    try (CallFrame frame = Values.frame(given, handle.returnCount())) {
      handle.call(frame, traceHandle);
      Values.Results results =
          new Values.Results(
              arena, () -> tensors.stream().allMatch(tensor -> tensor.mayBeViewedIn(arena)), trace);
      List<Value> values = new ArrayList<>(handle.returnCount());
      for (int i = 0; i < handle.returnCount(); i++) {
        values.add(results.read(frame.result(i)));
      }
      return values;
    }
  }

  /** The first result of a call, which must be a tensor. */
  Tensor tensor(Arena arena, Value... arguments) {
    return call(arena, arguments).getFirst().tensor();
  }

  private @Nullable Trace traceOf(List<Tensor> tensors) {
    Trace found = null;
    for (Tensor tensor : tensors) {
      Trace trace = tensor.trace();
      if (trace != null && found != null && trace != found) {
        throw new IllegalArgumentException(name + ": its tensors belong to two different traces");
      }
      found = trace == null ? found : trace;
    }
    return found;
  }

  @Override
  public String toString() {
    return schema();
  }
}
