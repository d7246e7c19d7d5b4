package io.github.narthex;

import io.github.narthex.internal.torch.Arenas;
import io.github.narthex.internal.torch.CallFrame;
import io.github.narthex.internal.torch.OperatorHandle;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
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

  private final String name;
  private final OperatorHandle handle;
  private final Describe.Signature signature;

  /**
   * A parameter of an operator.
   *
   * @param name as in the schema
   * @param type in TorchScript's notation, such as {@code Tensor} or {@code Optional[int]}
   * @param hasDefault whether it may be left out
   * @param isWritten whether the operator writes to the argument
   */
  public record Parameter(String name, String type, boolean hasDefault, boolean isWritten) {}

  private Operator(String name, OperatorHandle handle) {
    this.name = name;
    this.handle = handle;
    this.signature = Describe.signature(handle);
  }

  /**
   * The operator of that name, such as {@code aten::relu} or, with an overload, {@code
   * aten::add.Tensor}.
   *
   * @throws UnsupportedException if libtorch has no such operator; the message names the overloads
   *     that there are
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

  /**
   * The schema in libtorch's notation, such as {@code aten::add.Tensor(Tensor self, Tensor other,
   * *, Scalar alpha=1) -> Tensor}. An argument marked {@code (a!)} is written to; a result marked
   * like an argument may be a view of it.
   */
  public String schema() {
    return handle.schema();
  }

  /** The parameters, in their order. */
  public List<Parameter> parameters() {
    return signature.parameters();
  }

  /**
   * Whether the operator writes to an argument, as those whose names end with an underscore do, and
   * those with a parameter {@code out}. As the schema says it: some old operators, such as {@code
   * aten::batch_norm} in training, write to arguments and do not say so.
   */
  public boolean isInPlace() {
    return parameters().stream().anyMatch(Parameter::isWritten);
  }

  /** Whether a result may share the memory of an argument, instead of being a copy. */
  public boolean mayReturnView() {
    return signature.mayReturnView();
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
   * @throws IllegalArgumentException if arguments do not fit the schema, naming the parameter; if
   *     they belong to two traces; if the operator would write to a tensor that a trace holds as a
   *     constant
   * @throws IllegalStateException if an arena is closed
   * @throws WrongThreadException if an arena is confined to another thread
   * @throws OperatorException if libtorch refuses, with its reason
   * @throws UnsupportedException if libtorch has no code for the dtype or device
   * @throws DeviceMemoryException if memory is exhausted
   */
  public List<Value> call(Arena arena, Value... arguments) {
    Value result = callPlain(arena, arguments);
    return result == null ? call(arena, List.of(arguments), Map.of()) : List.of(result);
  }

  /**
   * Calls the operator with the first arguments by position and others by name, as {@link
   * #call(Arena, Value...)} does; those that are given neither way take their defaults.
   *
   * @throws IllegalArgumentException as there, and if there is no such parameter or it is given
   *     both ways
   */
  public List<Value> call(Arena arena, List<Value> arguments, Map<String, Value> named) {
    OperatorArguments given = OperatorArguments.of(this, arguments, named);
    return List.of(call(arena, given, handle.returnCount()));
  }

  /** The first result of a call, which must be a tensor; others are dropped. */
  Tensor tensor(Arena arena, Value... arguments) {
    Value result = callPlain(arena, arguments);
    if (result != null) {
      return result.tensor();
    }
    OperatorArguments given = OperatorArguments.of(this, List.of(arguments), Map.of());
    return call(arena, given, 1)[0].tensor();
  }

  /** The quick way, for calls with tensors alone that no trace records; null for others. */
  private @Nullable Value callPlain(Arena arena, Value... arguments) {
    int count = handle.plainCount();
    if (count == 0 || arguments.length != count) {
      return null;
    }
    Tensor first = untraced(arguments[0]);
    Tensor second = count == 1 ? first : untraced(arguments[1]);
    if (first == null || second == null) {
      return null;
    }
    Arenas.requireOpen(arena);
    Values.Results results =
        new Values.Results(
            arena, () -> first.mayBeViewedIn(arena) && second.mayBeViewedIn(arena), null);
    try {
      return handle.callPlain(first.handle(), count == 1 ? null : second.handle(), results::read);
    } catch (NarthexException e) {
      throw OperatorArguments.of(this, List.of(arguments), Map.of()).explain(e);
    }
  }

  private static @Nullable Tensor untraced(Value value) {
    return value instanceof Value.OfTensor(Tensor tensor) && tensor.trace() == null ? tensor : null;
  }

  /** Calls the operator for what it writes to its arguments; its results are dropped. */
  void callInPlace(Arena arena, Value... arguments) {
    call(arena, OperatorArguments.of(this, List.of(arguments), Map.of()), 0);
  }

  /** Calls the operator and takes over the first results, so many as are wanted. */
  private Value[] call(Arena arena, OperatorArguments given, int wanted) {
    Trace trace = given.trace();
    Arenas.requireOpen(arena);
    try (CallFrame frame = Values.frame(given.values(), handle.returnCount())) {
      handle.call(frame, trace == null ? null : trace.handle());
      Values.Results results = new Values.Results(arena, () -> given.mayBeViewedIn(arena), trace);
      Value[] values = new Value[wanted];
      for (int i = 0; i < wanted; i++) {
        values[i] = results.read(frame.result(i));
      }
      if (trace != null && !Stream.of(values).allMatch(Operator::isTensors)) {
        trace.noteNumber();
      }
      return values;
    } catch (NarthexException e) {
      throw given.explain(e);
    }
  }

  /** Whether a trace can go on with it: with numbers only Java can. */
  private static boolean isTensors(Value value) {
    return switch (value) {
      case Value.OfTensor _, Value.None _ -> true;
      case Value.OfList(List<Value> items) -> items.stream().allMatch(Operator::isTensors);
      case Value.OfTuple(List<Value> items) -> items.stream().allMatch(Operator::isTensors);
      default -> false;
    };
  }

  /** The {@linkplain #schema schema}. */
  @Override
  public String toString() {
    return schema();
  }
}
