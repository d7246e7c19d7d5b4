package io.github.narthex;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * What goes into a model or an operator and comes out of it. Lists, tuples and dicts nest. Values
 * are immutable, but for the tensors in them.
 */
public sealed interface Value {
  /** A tensor; whose arena closes it is the tensor's matter. */
  record OfTensor(Tensor tensor) implements Value {}

  /** An integer. */
  record OfInt(long number) implements Value {}

  /** A floating-point number. */
  record OfDouble(double number) implements Value {}

  /** A boolean. */
  record OfBool(boolean flag) implements Value {}

  /** A string. */
  record OfString(String text) implements Value {}

  /** A list, whose items are of one type. */
  record OfList(List<Value> items) implements Value {
    /** Copies the list. */
    public OfList {
      items = List.copyOf(items);
    }
  }

  /** A list of integers, such as a shape or strides; only ever given, a result is an OfList. */
  record OfInts(List<Long> numbers) implements Value {
    /** Copies the list. */
    public OfInts {
      numbers = List.copyOf(numbers);
    }
  }

  /** A tuple. */
  record OfTuple(List<Value> items) implements Value {
    /** Copies the list. */
    public OfTuple {
      items = List.copyOf(items);
    }
  }

  /** A tuple whose fields have names, in their order: Python's {@code NamedTuple}. */
  record OfNamedTuple(Map<String, Value> fields) implements Value {
    /** Copies the map. */
    public OfNamedTuple {
      fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }
  }

  /** A dict, in its order. */
  record OfDict(Map<Value, Value> entries) implements Value {
    /** Copies the map. */
    public OfDict {
      entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
    }
  }

  /** A dtype; only ever given to an operator. */
  record OfDType(DType dtype) implements Value {}

  /** A device; only ever given to an operator. */
  record OfDevice(Device device) implements Value {}

  /** A memory format; only ever given to an operator. */
  record OfMemoryFormat(MemoryFormat format) implements Value {}

  /** A generator of random numbers; only ever given to an operator. */
  record OfGenerator(Generator generator) implements Value {}

  /** Nothing: Python's {@code None}. */
  record None() implements Value {}

  /** Nothing: Python's {@code None}. */
  static Value none() {
    return new None();
  }

  /** A tensor. */
  static Value of(Tensor tensor) {
    return new OfTensor(tensor);
  }

  /** An integer. */
  static Value of(long number) {
    return new OfInt(number);
  }

  /** A floating-point number. */
  static Value of(double number) {
    return new OfDouble(number);
  }

  /** A boolean. */
  static Value of(boolean flag) {
    return new OfBool(flag);
  }

  /** A string. */
  static Value of(String text) {
    return new OfString(text);
  }

  /** A list of integers. */
  static Value of(long[] numbers) {
    return new OfInts(Arrays.stream(numbers).boxed().toList());
  }

  /** A dtype, for an operator. */
  static Value of(DType dtype) {
    return new OfDType(dtype);
  }

  /** A device, for an operator. */
  static Value of(Device device) {
    return new OfDevice(device);
  }

  /** A memory format, for an operator. */
  static Value of(MemoryFormat format) {
    return new OfMemoryFormat(format);
  }

  /** A generator of random numbers, for an operator. */
  static Value of(Generator generator) {
    return new OfGenerator(generator);
  }

  /** A list. */
  static Value list(Value... items) {
    return new OfList(List.of(items));
  }

  /** A tuple. */
  static Value tuple(Value... items) {
    return new OfTuple(List.of(items));
  }

  /** A tuple whose fields have names; a model takes them in any order. */
  static Value namedTuple(Map<String, Value> fields) {
    return new OfNamedTuple(fields);
  }

  /** A dict with string keys, as most models have it. */
  static Value dict(Map<String, Value> entries) {
    Map<Value, Value> copy = new LinkedHashMap<>();
    entries.forEach((key, value) -> copy.put(of(key), value));
    return new OfDict(copy);
  }

  /**
   * The tensor that this value is.
   *
   * @throws IllegalStateException if it is something else
   */
  default Tensor tensor() {
    throw new IllegalStateException("expected a tensor, got " + Values.kind(this));
  }

  /** This value with other tensors: {@code change} is called with each, depth first. */
  default Value withTensors(UnaryOperator<Tensor> change) {
    return Values.withTensors(this, change);
  }

  /** The tensors in this value, depth first. */
  default List<Tensor> tensors() {
    List<Tensor> found = new ArrayList<>();
    Values.collectTensors(this, found);
    return found;
  }
}
