package io.github.narthex;

import io.github.narthex.internal.torch.CallFrame;
import io.github.narthex.internal.torch.ModuleHandle;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;

/**
 * A model whose weights stay in the host's memory and are brought to a device stage by stage with
 * each call, for models that are larger than the device: the device has the weights of two stages
 * at a time, and the next stage's come while one computes. What that costs is in {@link #measure}:
 * all weights cross the bus once for each call, so larger batches share it.
 *
 * <pre>{@code
 * try (OffloadedModel model = OffloadedModel.open(ModelStages.of(arena, whole, 12), Device.cuda(0))) {
 *   Tensor scores = model.forward(arena, Value.of(batch)).tensor();
 * }
 * }</pre>
 *
 * <p>More stages need less of the device, and one is never smaller than a single layer. Weights are
 * copied to pinned memory of the host when it is opened; the stages may be closed then.
 *
 * <p><b>Threads.</b> Any may call it; calls take turns. <b>Lifetime.</b> It has memory of the host
 * and of the device until it is closed.
 */
public final class OffloadedModel implements AutoCloseable {
  /** Libraries want their operands aligned; in elements, which have a byte at least. */
  private static final long ALIGNMENT = 256;

  private static final int SLOTS = 2;

  /** Weights of one dtype, one after the other, and where on the device they are copied to. */
  private record Block(Tensor host, Tensor target) {}

  /**
   * A stage.
   *
   * @param weights on the device, where its blocks' targets are, in the order of its arguments
   */
  private record Stage(Model model, List<Block> blocks, List<Value> weights) {}

  /**
   * What a call took, one part measured by itself: copies and computing overlap in other calls.
   *
   * @param weightBytes that are copied with each call
   * @param deviceBytes of the device that weights take
   * @param copyMs what copying the weights takes
   * @param computeMs what computing takes, with weights that are there
   * @param callMs what a call takes, with both side by side
   */
  public record Cost(
      long weightBytes, long deviceBytes, double copyMs, double computeMs, double callMs) {}

  private final Arena arena = Arena.ofShared();
  private final ReentrantLock turn = new ReentrantLock();
  private final Device device;
  private final Stream compute;
  private final Stream copies;
  private final List<Stage> stages = new ArrayList<>();
  private final List<Event> loaded;
  private final List<Event> used;
  private long weightBytes;
  private long deviceBytes;

  private OffloadedModel(List<Model> models, Device device) {
    this.device = device;
    this.compute = Stream.of(device);
    this.copies = Stream.of(device);
    this.loaded = events();
    this.used = events();
    try {
      place(models);
    } catch (RuntimeException | Error e) {
      arena.close();
      throw e;
    }
  }

  private List<Event> events() {
    return IntStream.range(0, SLOTS).mapToObj(_ -> Event.untimed(arena, device)).toList();
  }

  /**
   * Copies the weights of all stages to pinned memory, and the rest to the device.
   *
   * @param stages on the CPU
   * @throws IllegalArgumentException if the device is the CPU, or a stage is not on it
   * @throws UnsupportedException if there is no such device, or layers are quantised
   * @throws IllegalStateException if the stages are closed
   * @throws WrongThreadException if their arena is confined to another thread
   * @throws DeviceMemoryException if memory is exhausted, of the host or of the device
   */
  public static OffloadedModel open(ModelStages stages, Device device) {
    if (device.isCpu()) {
      throw new IllegalArgumentException("expected a device such as cuda:0, got cpu");
    }
    return new OffloadedModel(stages.models(), device);
  }

  private void place(List<Model> models) {
    try (Arena making = Arena.ofConfined()) {
      List<Model> made = new ArrayList<>();
      List<List<Tensor>> weights = new ArrayList<>();
      for (Model model : models) {
        try (CallFrame frame = new CallFrame(0, 1)) {
          ModuleHandle module = model.handle().withWeightInputs(making, frame);
          made.add(model.like(making, module));
          weights.add(new Values.Results(making, () -> true, null).read(frame.result(0)).tensors());
        }
      }
      List<Map<DType, Tensor>> slots =
          IntStream.range(0, SLOTS).mapToObj(slot -> slot(weights, slot)).toList();
      for (int i = 0; i < made.size(); i++) {
        Model there = made.get(i).to(arena, device).withStream(compute);
        stages.add(stage(there, weights.get(i), slots.get(i % SLOTS)));
      }
      Devices.synchronize(device);
    }
  }

  /** Memory of the device for the weights of each stage that uses the slot, by dtype. */
  private Map<DType, Tensor> slot(List<List<Tensor>> weights, int slot) {
    Map<DType, Long> sizes = new LinkedHashMap<>();
    for (int i = slot; i < weights.size(); i += SLOTS) {
      elements(weights.get(i)).forEach((dtype, count) -> sizes.merge(dtype, count, Math::max));
    }
    Map<DType, Tensor> memory = new LinkedHashMap<>();
    sizes.forEach(
        (dtype, count) -> {
          Tensor made =
              Operator.of("aten::empty.memory_format")
                  .tensor(
                      arena,
                      Value.of(new long[] {count}),
                      Value.of(dtype),
                      Value.none(),
                      Value.of(device));
          deviceBytes += made.byteSize();
          memory.put(dtype, made);
        });
    return memory;
  }

  private static Map<DType, Long> elements(List<Tensor> weights) {
    Map<DType, Long> counts = new LinkedHashMap<>();
    for (Tensor weight : weights) {
      counts.merge(weight.dtype(), aligned(weight.elementCount()), Long::sum);
    }
    return counts;
  }

  private static long aligned(long count) {
    return (count + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  private Stage stage(Model model, List<Tensor> weights, Map<DType, Tensor> slot) {
    Map<DType, Block> blocks = new LinkedHashMap<>();
    elements(weights)
        .forEach(
            (dtype, count) -> {
              Tensor target = Objects.requireNonNull(slot.get(dtype)).narrow(0, 0, count);
              long bytes = target.byteSize();
              Tensor host =
                  Tensor.of(
                      arena,
                      Devices.allocatePinned(arena, device.type(), bytes),
                      dtype,
                      Shape.of(count));
              blocks.put(dtype, new Block(host, target));
              weightBytes += bytes;
            });
    Map<DType, Long> filled = new LinkedHashMap<>();
    List<Value> views = new ArrayList<>();
    for (Tensor weight : weights) {
      Block block = Objects.requireNonNull(blocks.get(weight.dtype()));
      long count = weight.elementCount();
      long offset = filled.merge(weight.dtype(), aligned(count), Long::sum) - aligned(count);
      long[] shape = weight.shape().toArray();
      Tensor _ = block.host().narrow(0, offset, count).reshape(shape).copyFrom(weight);
      views.add(Value.of(block.target().narrow(0, offset, count).reshape(shape)));
    }
    return new Stage(model, List.copyOf(blocks.values()), List.copyOf(views));
  }

  /**
   * Runs the model.
   *
   * @param results owns the resulting tensors, which are on the device of the first input tensor
   * @param inputs on any device
   * @throws IllegalArgumentException as {@link Model#call}
   * @throws OperatorException as {@link Model#call}
   * @throws DeviceMemoryException if memory is exhausted
   * @throws IllegalStateException if an arena, or this, is closed
   * @throws WrongThreadException if an arena is confined to another thread
   */
  public Value forward(Arena results, Value... inputs) {
    turn.lock();
    try (Arena between = Arena.ofConfined()) {
      requireOpen();
      List<Value> given = List.of(inputs);
      Device home = Flight.home(given);
      List<Value> values = given.stream().map(input -> on(between, input, device)).toList();
      load(0);
      for (int i = 0; i < stages.size(); i++) {
        compute.await(loaded.get(i % SLOTS));
        values = compute(between, i, values);
        used.get(i % SLOTS).record(compute);
        // After the computing, so that that does not wait for it.
        if (i + 1 < stages.size()) {
          load(i + 1);
        }
      }
      return on(between, values.getFirst(), home).withTensors(tensor -> tensor.keep(results));
    } finally {
      turn.unlock();
    }
  }

  /** Brings a stage's weights, once what computes with the slot's last ones is done. */
  private void load(int index) {
    copies.await(used.get(index % SLOTS));
    stages.get(index).blocks().forEach(block -> copies.copy(block.host(), block.target()));
    loaded.get(index % SLOTS).record(copies);
  }

  /** What the next stage takes; of the last one, the result. */
  private List<Value> compute(Arena between, int index, List<Value> values) {
    Stage stage = stages.get(index);
    List<Value> arguments = new ArrayList<>(values);
    arguments.addAll(stage.weights());
    Value result = stage.model().call(between, Model.FORWARD, arguments);
    return index == stages.size() - 1 ? List.of(result) : ModelStages.handedOver(result);
  }

  private static Value on(Arena arena, Value value, Device device) {
    return value.withTensors(
        tensor -> tensor.device().equals(device) ? tensor : tensor.keep(arena).to(device));
  }

  /**
   * Measures what a call costs: copies and computing each by itself, by events, and a call with
   * both, by the clock. One call of each, after one to warm up.
   *
   * @throws IllegalArgumentException as {@link #forward}
   * @throws OperatorException as {@link #forward}
   * @throws DeviceMemoryException if memory is exhausted
   * @throws IllegalStateException if an arena, or this, is closed
   * @throws WrongThreadException if an arena is confined to another thread
   */
  public Cost measure(Value... inputs) {
    turn.lock();
    try (Arena brief = Arena.ofConfined()) {
      Value _ = forward(brief, inputs);
      Devices.synchronize(device);
      long began = System.nanoTime();
      Value _ = forward(brief, inputs);
      Devices.synchronize(device);
      double callMs = (System.nanoTime() - began) / 1e6;
      double copyMs = 0;
      double computeMs = 0;
      List<Value> values = Arrays.stream(inputs).map(input -> on(brief, input, device)).toList();
      for (int i = 0; i < stages.size(); i++) {
        int stage = i;
        copyMs += timed(brief, copies, () -> load(stage));
        List<Value> before = values;
        List<Value> after = new ArrayList<>();
        computeMs += timed(brief, compute, () -> after.addAll(compute(brief, stage, before)));
        values = after;
      }
      return new Cost(weightBytes, deviceBytes, copyMs, computeMs, callMs);
    } finally {
      turn.unlock();
    }
  }

  private double timed(Arena brief, Stream stream, Runnable work) {
    Devices.synchronize(device);
    Event start = Event.timed(brief, device);
    Event end = Event.timed(brief, device);
    start.record(stream);
    work.run();
    end.record(stream);
    end.synchronize();
    return start.millisUntil(end);
  }

  private void requireOpen() {
    if (!arena.scope().isAlive()) {
      throw new IllegalStateException("the model is closed");
    }
  }

  /** Waits for calls and for the device, and frees the memory. Closing it again does nothing. */
  @Override
  public void close() {
    turn.lock();
    try {
      if (arena.scope().isAlive()) {
        Devices.synchronize(device);
        arena.close();
      }
    } finally {
      turn.unlock();
    }
  }
}
