package io.github.narthex.models;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.narthex.DType;
import io.github.narthex.Model;
import io.github.narthex.Shape;
import io.github.narthex.Tensor;
import io.github.narthex.TensorInfo;
import io.github.narthex.Weights;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.stream.LongStream;

/**
 * Weights and inputs that depend on a tensor's name and shape alone: {@code
 * make_builtin_outputs.py} has the same formula, so that only outputs need to be in files.
 */
final class FormulaTensors {
  private static final int BATCH = 2;
  private static final int LENGTH = 7;

  private FormulaTensors() {}

  /** A state dict for a model of that structure. */
  static Weights weights(Arena arena, Model structure) {
    Weights weights = new Weights();
    structure.parameters().forEach((name, info) -> weights.parameter(name, of(arena, name, info)));
    structure.buffers().forEach((name, info) -> weights.buffer(name, of(arena, name, info)));
    return weights;
  }

  private static Tensor of(Arena arena, String name, TensorInfo info) {
    Shape shape = info.shape();
    if (info.dtype() == DType.INT64) {
      return Tensor.of(arena, new long[] {0}).reshape(shape.toArray());
    }
    boolean isWeight = name.contains("weight");
    if (isWeight && shape.rank() > 1) {
      long fanIn = shape.elementCount() / shape.dim(0);
      return uniform(arena, name, shape, 0, Math.sqrt(6.0 / fanIn));
    }
    return isWeight || name.endsWith("running_var")
        ? uniform(arena, name, shape, 1, 0.5)
        : uniform(arena, name, shape, 0, 0.2);
  }

  private static Tensor uniform(
      Arena arena, String name, Shape shape, double centre, double bound) {
    Tensor tensor = Tensor.empty(arena, DType.FLOAT32, shape);
    MemorySegment elements = tensor.segment();
    SplitMix64 random = new SplitMix64(hash(name));
    long count = shape.elementCount();
    for (long i = 0; i < count; i++) {
      double unit = (random.next() >>> 40) / 0x1p23 - 1;
      elements.setAtIndex(JAVA_FLOAT, i, (float) (centre + bound * unit));
    }
    return tensor;
  }

  /** FNV-1a. */
  private static long hash(String name) {
    long hash = 0xCBF29CE484222325L;
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ b) * 0x100000001B3L;
    }
    return hash;
  }

  /** Inputs of another batch, and another length of sequences, than the model was traced with. */
  static Tensor[] inputs(Arena arena, Builtin builtin) {
    if (builtin == Builtin.BERT_BASE) {
      return bertInputs(arena);
    }
    long[] shape = builtin.inputs().getFirst().shape().toArray();
    shape[0] = BATCH;
    if (builtin == Builtin.LSTM) {
      shape[1] = LENGTH;
    }
    return new Tensor[] {uniform(arena, "input", Shape.of(shape), 0, 2)};
  }

  /** Two sentences each, the second item shorter than the first. */
  private static Tensor[] bertInputs(Arena arena) {
    SplitMix64 random = new SplitMix64(hash("input_ids"));
    long[] tokens =
        LongStream.generate(() -> (random.next() >>> 24) % 30_522).limit(BATCH * LENGTH).toArray();
    Tensor mask = Tensor.empty(arena, DType.INT64, Shape.of(BATCH, LENGTH));
    Tensor types = Tensor.empty(arena, DType.INT64, Shape.of(BATCH, LENGTH));
    for (int item = 0; item < BATCH; item++) {
      for (int step = 0; step < LENGTH; step++) {
        int index = item * LENGTH + step;
        mask.segment().setAtIndex(JAVA_LONG, index, step < LENGTH - 2 * item ? 1 : 0);
        types.segment().setAtIndex(JAVA_LONG, index, step >= 3 + item ? 1 : 0);
      }
    }
    return new Tensor[] {Tensor.of(arena, tokens, BATCH, LENGTH), mask, types};
  }
}
