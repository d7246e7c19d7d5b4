package io.github.narthex;

import io.github.narthex.internal.torch.CallFrame;
import io.github.narthex.internal.torch.ModuleSplit;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * A model split by layers: consecutive parts of its frozen code, each a model of its own with the
 * weights that it needs and no others. One after the other they compute what the frozen model
 * computes, bit for bit. {@link Pipeline} runs them on several devices.
 *
 * <p>The first stage takes the model's inputs; each other one takes what the stage before returns:
 * its result, or, where that is a tuple, its elements one by one. Beside the activations of the
 * layer where it was cut, these are whatever later stages need: residuals, masks, inputs of the
 * model, sizes. The last stage returns what the model returns.
 *
 * <p>The code is cut between statements of {@code forward} after freezing; loops and branches stay
 * whole, and so does what writes in place to something that crosses a cut. Weights that several
 * stages use are in each of them. Stages run as the model does (threads, gradient mode, dtype);
 * where it was converted to another dtype, what they hand over is in the caller's, and each rounds
 * it to its own, so that answers can differ where the code computes in float32 between.
 *
 * <p><b>Lifetime.</b> The stages live in the arena that they were made in, and share the model's
 * weights; the model may be closed. <b>Threads.</b> As a model.
 */
public final class ModelStages {
  /** More than there are devices: balancing takes longer with each. */
  private static final int MOST = 1024;

  private final List<Model> models;
  private final List<Double> parts;

  private ModelStages(Arena arena, Model model, ModuleSplit split) {
    this.models = split.stages().stream().map(stage -> model.like(arena, stage)).toList();
    this.parts = split.parts();
  }

  /**
   * Splits a model so that the stages have as equal parts of the weights' bytes as the code allows;
   * of a model without weights, of its statements.
   *
   * @param count how many stages
   * @throws IllegalArgumentException if the code can't be cut into so many
   * @throws IllegalStateException if the model is in training mode, or an arena is closed
   * @throws WrongThreadException if an arena is confined to another thread
   * @throws UnsupportedException if the model is a package, changes its own state, or can't be
   *     frozen
   * @throws DeviceMemoryException if memory is exhausted
   */
  public static ModelStages of(Arena arena, Model model, int count) {
    return of(arena, model, equal(count));
  }

  /**
   * Splits a model so that the stages' parts of the weights' bytes are as these shares, for devices
   * of different sizes: {@code List.of(3.0, 1.0)} is three quarters and one quarter.
   *
   * @throws IllegalArgumentException if a share is not greater than 0; also as {@link #of(Arena,
   *     Model, int)}
   */
  public static ModelStages of(Arena arena, Model model, List<Double> shares) {
    requireWhole(model);
    return new ModelStages(
        arena, model, ModuleSplit.of(arena, model.handle(), array(shares), model.options(), null));
  }

  /**
   * Splits a model so that the stages take as equal times as the code allows: its statements are
   * timed one by one on these inputs, five times each, where the model and the inputs are.
   *
   * @throws IllegalArgumentException if the inputs do not fit; also as {@link #of(Arena, Model,
   *     int)}
   * @throws OperatorException if the model's code fails on them
   * @throws UnsupportedException if the model was converted to another dtype or layout, or takes
   *     inputs on the host; also as {@link #of(Arena, Model, int)}
   */
  public static ModelStages timed(Arena arena, Model model, int count, Value... inputs) {
    return timed(arena, model, equal(count), inputs);
  }

  /** The same for times that are as these shares, for devices of different speeds. */
  public static ModelStages timed(Arena arena, Model model, List<Double> shares, Value... inputs) {
    requireWhole(model);
    if (model.options().adaptsInputs()) {
      throw new UnsupportedException(
          "a converted model, or one with inputs on the host, can't be timed in parts:"
              + " split it by the weights' bytes");
    }
    try (CallFrame frame = Values.frame(List.of(inputs), 0)) {
      return new ModelStages(
          arena,
          model,
          ModuleSplit.of(arena, model.handle(), array(shares), model.options(), frame));
    } catch (OperatorException e) {
      throw CallFailure.explain(e, CallFailure.describe(List.of(inputs)));
    }
  }

  private static void requireWhole(Model model) {
    model.requireScript("split");
    model.requireEvaluation();
  }

  private static List<Double> equal(int count) {
    if (count < 1 || count > MOST) {
      throw new IllegalArgumentException(
          "expected from 1 to %d stages, got %d".formatted(MOST, count));
    }
    return Collections.nCopies(count, 1.0);
  }

  private static double[] array(List<Double> shares) {
    return shares.stream().mapToDouble(Double::doubleValue).toArray();
  }

  /** The stages in their order. They are models as others are: {@link Model#to} moves one. */
  public List<Model> models() {
    return models;
  }

  /**
   * What each stage has of the whole, from 0 to 1: of the weights' bytes, where a weight counts as
   * often as it is used, of the statements or of the times, whichever it was split by.
   */
  public List<Double> parts() {
    return parts;
  }

  /**
   * Calls the stages one after the other, for a model that returns one tensor.
   *
   * @throws IllegalStateException if the result is not one tensor; also as {@link Model#call}
   */
  public Tensor forward(Arena results, Tensor... inputs) {
    return forward(results, Arrays.stream(inputs).map(Value::of).toArray(Value[]::new)).tensor();
  }

  /**
   * Calls the stages one after the other, all on the device where they are.
   *
   * @param results owns the resulting tensors
   * @throws IllegalArgumentException as {@link Model#call}, of the first stage
   * @throws OperatorException as {@link Model#call}, of any
   */
  public Value forward(Arena results, Value... inputs) {
    try (Arena between = Arena.ofConfined()) {
      List<Value> values = List.of(inputs);
      for (Model stage : models.subList(0, models.size() - 1)) {
        values = handedOver(stage.call(between, Model.FORWARD, values));
      }
      return models.getLast().call(results, Model.FORWARD, values);
    }
  }

  /** What the next stage takes, of what one has returned. */
  static List<Value> handedOver(Value result) {
    return result instanceof Value.OfTuple(List<Value> items) ? items : List.of(result);
  }
}
