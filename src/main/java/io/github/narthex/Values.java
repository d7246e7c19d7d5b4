package io.github.narthex;

import io.github.narthex.internal.torch.CallFrame;
import io.github.narthex.internal.torch.TensorHandle;
import io.github.narthex.internal.torch.ValueReader;
import io.github.narthex.internal.torch.ValueWriter;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Carries {@link Value}s into and out of the frame of a native call. */
final class Values {
  private Values() {}

  /** A frame that holds the arguments, null where one is left out, and has room for the results. */
  static CallFrame frame(List<? extends @Nullable Value> arguments, int resultCount) {
    return write(arguments, new CallFrame(arguments.size(), resultCount));
  }

  /** A frame for a call that keeps the arguments beyond its end. */
  static CallFrame bindingFrame(List<? extends @Nullable Value> arguments) {
    return write(arguments, CallFrame.binding(arguments.size()));
  }

  private static CallFrame write(List<? extends @Nullable Value> arguments, CallFrame frame) {
    try {
      for (int i = 0; i < arguments.size(); i++) {
        Value argument = arguments.get(i);
        if (argument == null) {
          frame.argument(i).leftOut();
        } else {
          write(argument, frame.argument(i));
        }
      }
      return frame;
    } catch (RuntimeException | Error e) { // an error: values that are nested too deeply
      frame.close();
      throw e;
    }
  }

  private static void write(Value value, ValueWriter writer) {
    switch (value) {
      case Value.OfTensor(Tensor tensor) -> writer.tensor(tensor.handle());
      case Value.OfInt(long number) -> writer.integer(number);
      case Value.OfDouble(double number) -> writer.real(number);
      case Value.OfBool(boolean flag) -> writer.bool(flag);
      case Value.OfString(String text) -> writer.string(text);
      case Value.OfInts(List<Long> numbers) ->
          writer.integers(numbers.stream().mapToLong(Long::longValue).toArray());
      case Value.OfDType(DType dtype) -> writer.dtype(dtype);
      case Value.OfDevice(Device device) -> writer.device(device);
      case Value.OfMemoryFormat(MemoryFormat format) -> writer.memoryFormat(format);
      case Value.OfGenerator(Generator generator) -> writer.generator(generator.handle());
      case Value.OfList(List<Value> items) -> write(items, writer.list(items.size()));
      case Value.OfTuple(List<Value> items) -> write(items, writer.tuple(items.size()));
      case Value.OfDict(Map<Value, Value> entries) -> {
        List<Value> flat = new ArrayList<>();
        entries.forEach(
            (key, item) -> {
              flat.add(key);
              flat.add(item);
            });
        write(flat, writer.dict(entries.size()));
      }
      case Value.OfNamedTuple(Map<String, Value> fields) -> {
        ValueWriter.Items pairs = writer.namedTuple(fields.size());
        int i = 0;
        for (Map.Entry<String, Value> field : fields.entrySet()) {
          pairs.at(i++).string(field.getKey());
          write(field.getValue(), pairs.at(i++));
        }
      }
      case Value.None _ -> {}
    }
  }

  private static void write(List<Value> items, ValueWriter.Items writer) {
    for (int i = 0; i < items.size(); i++) {
      write(items.get(i), writer.at(i));
    }
  }

  /** What a value is, without what is in it. */
  static String kind(Value value) {
    return switch (value) {
      case Value.OfTensor _ -> "a tensor";
      case Value.OfInt _ -> "an integer";
      case Value.OfDouble _ -> "a floating-point number";
      case Value.OfBool _ -> "a boolean";
      case Value.OfString _ -> "a string";
      case Value.OfInts _ -> "a list of integers";
      case Value.OfDType _ -> "a dtype";
      case Value.OfDevice _ -> "a device";
      case Value.OfMemoryFormat _ -> "a memory format";
      case Value.OfGenerator _ -> "a generator";
      case Value.OfList(List<Value> items) -> "a list of " + items.size();
      case Value.OfTuple(List<Value> items) -> "a tuple of " + items.size();
      case Value.OfNamedTuple(Map<String, Value> fields) -> "a named tuple of " + fields.size();
      case Value.OfDict(Map<Value, Value> entries) -> "a dict of " + entries.size();
      case Value.None _ -> "none";
    };
  }

  /** Adds the tensors in a value, depth first. */
  static void collectTensors(Value value, List<Tensor> found) {
    switch (value) {
      case Value.OfTensor(Tensor tensor) -> found.add(tensor);
      case Value.OfList(List<Value> items) -> items.forEach(item -> collectTensors(item, found));
      case Value.OfTuple(List<Value> items) -> items.forEach(item -> collectTensors(item, found));
      case Value.OfNamedTuple(Map<String, Value> fields) ->
          fields.values().forEach(item -> collectTensors(item, found));
      case Value.OfDict(Map<Value, Value> entries) ->
          entries.forEach(
              (key, item) -> {
                collectTensors(key, found);
                collectTensors(item, found);
              });
      case Value.OfInt _, Value.OfDouble _, Value.OfBool _, Value.OfString _ -> {}
      case Value.OfInts _,
          Value.OfDType _,
          Value.OfDevice _,
          Value.OfMemoryFormat _,
          Value.OfGenerator _,
          Value.None _ -> {}
    }
  }

  static Value withTensors(Value value, UnaryOperator<Tensor> change) {
    return switch (value) {
      case Value.OfTensor(Tensor tensor) -> Value.of(change.apply(tensor));
      case Value.OfList(List<Value> items) -> new Value.OfList(withTensors(items, change));
      case Value.OfTuple(List<Value> items) -> new Value.OfTuple(withTensors(items, change));
      case Value.OfNamedTuple(Map<String, Value> fields) -> {
        Map<String, Value> changed = new LinkedHashMap<>();
        fields.forEach((name, field) -> changed.put(name, withTensors(field, change)));
        yield new Value.OfNamedTuple(changed);
      }
      case Value.OfDict(Map<Value, Value> entries) -> {
        Map<Value, Value> changed = new LinkedHashMap<>();
        entries.forEach(
            (key, item) -> changed.put(withTensors(key, change), withTensors(item, change)));
        yield new Value.OfDict(changed);
      }
      default -> value;
    };
  }

  private static List<Value> withTensors(List<Value> items, UnaryOperator<Tensor> change) {
    List<Value> changed = new ArrayList<>();
    items.forEach(item -> changed.add(withTensors(item, change)));
    return changed;
  }

  /** Makes Java objects of native results: decides where their tensors live. */
  static final class Results {
    private final Arena arena;
    private final BooleanSupplier mayBorrow;
    private final @Nullable Trace trace;

    /**
     * Results in an arena.
     *
     * @param mayBorrow whether a result over a caller's memory may stay so: only if that memory is
     *     of the same arena; otherwise it is copied. Asked only where there is such a result
     * @param trace the trace that the results belong to
     */
    Results(Arena arena, BooleanSupplier mayBorrow, @Nullable Trace trace) {
      this.arena = arena;
      this.mayBorrow = mayBorrow;
      this.trace = trace;
    }

    Value read(ValueReader reader) {
      return switch (reader.kind()) {
        case NONE -> Value.none();
        case TENSOR -> new Value.OfTensor(tensor(reader));
        case INT -> new Value.OfInt(reader.integer());
        case DOUBLE -> new Value.OfDouble(reader.real());
        case BOOL -> new Value.OfBool(reader.bool());
        case STRING -> new Value.OfString(reader.string());
        case LIST -> new Value.OfList(items(reader));
        case TUPLE -> new Value.OfTuple(items(reader));
        case DICT -> {
          Map<Value, Value> entries = new LinkedHashMap<>();
          for (int i = 0; i < reader.length(); i++) {
            entries.put(read(reader.item(2 * i)), read(reader.item(2 * i + 1)));
          }
          yield new Value.OfDict(entries);
        }
        case NAMED_TUPLE -> {
          Map<String, Value> fields = new LinkedHashMap<>();
          for (int i = 0; i < reader.length(); i++) {
            fields.put(reader.item(2 * i).string(), read(reader.item(2 * i + 1)));
          }
          yield new Value.OfNamedTuple(fields);
        }
      };
    }

    private List<Value> items(ValueReader reader) {
      List<Value> items = new ArrayList<>();
      for (int i = 0; i < reader.length(); i++) {
        items.add(read(reader.item(i)));
      }
      return items;
    }

    private Tensor tensor(ValueReader reader) {
      if (reader.isBorrowed() && !mayBorrow.getAsBoolean()) {
        try (Arena passing = Arena.ofConfined()) {
          return new Tensor(passing, reader.tensor(passing), null).copy(arena);
        }
      }
      TensorHandle handle = reader.tensor(arena);
      return new Tensor(arena, handle, trace);
    }
  }
}
