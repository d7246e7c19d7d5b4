package io.github.narthex;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A call on its way through worker threads. What it works on lives in an arena of its own, which
 * any of them may use, one after the other.
 */
final class Flight {
  /** Flights of one batch: when one fails, the others need not arrive. */
  static final class Batch {
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  }

  /** Answers that are on their way to who asked for them. */
  static final class Answers {
    private final Map<Object, CompletableFuture<Value>> open = new ConcurrentHashMap<>();

    CompletableFuture<Value> add(CompletableFuture<Value> answer) {
      Object key = new Object();
      open.put(key, answer);
      CompletableFuture<Value> _ = answer.whenComplete((_, _) -> open.remove(key));
      return answer;
    }

    void await() {
      CompletableFuture.allOf(open.values().toArray(CompletableFuture[]::new))
          .exceptionally(_ -> null)
          .join();
    }
  }

  private final Arena arena = Arena.ofShared();
  private final CompletableFuture<Value> landed = new CompletableFuture<>();
  private final Batch batch;
  private final Device home;
  private volatile List<Value> values = List.of();
  private volatile @Nullable Event computed;

  /**
   * Takes the inputs over, in the caller's thread.
   *
   * @param home where the result goes
   */
  Flight(List<Value> inputs, Device home, Batch batch) {
    this.batch = batch;
    this.home = home;
    try {
      values =
          inputs.stream().map(input -> input.withTensors(tensor -> tensor.keep(arena))).toList();
    } catch (RuntimeException | Error e) {
      arena.close();
      throw e;
    }
  }

  /** Gives a part of a batch to a worker. */
  @FunctionalInterface
  interface Launch {
    Flight launch(List<Value> inputs, Device home, Batch batch);
  }

  /** Divides a batch into so many parts and joins their results; all parts have ended then. */
  static Value inParts(Arena results, List<Value> inputs, int count, Launch worker) {
    try (Arena dividing = Arena.ofConfined()) {
      BatchParts parts = BatchParts.scatter(dividing, inputs, count);
      Batch batch = new Batch();
      List<Flight> flights = new ArrayList<>();
      try {
        for (List<Value> part : parts.inputs()) {
          flights.add(worker.launch(part, home(inputs), batch));
        }
        return parts.gather(results, results(batch, flights));
      } finally {
        flights.forEach(Flight::await);
        flights.forEach(Flight::end);
      }
    }
  }

  /** Where results go: to the first tensor's device. */
  static Device home(List<Value> inputs) {
    return inputs.stream()
        .flatMap(input -> input.tensors().stream())
        .findFirst()
        .map(Tensor::device)
        .orElse(Device.CPU);
  }

  /**
   * A model on a device. Its calls take turns, so that each one's work is enqueued as a whole.
   *
   * @param model with a stream of its own, but for the CPU
   */
  record Stop(Model model, Device device, Lock turn) {
    /** A copy of a model on a device. */
    static Stop of(Arena arena, Model model, Device device) {
      Model there = model.to(arena, device);
      return new Stop(
          device.isCpu() ? there : there.withStream(Stream.of(device)),
          device,
          new ReentrantLock());
    }
  }

  /** A worker's part: a model is called with what there is, which is copied to its device. */
  void pass(Hop hop, Stop stop) {
    values = ModelStages.handedOver(call(hop, stop));
  }

  /** The last one's part. What it returns is the result, which {@link #land} waits for. */
  void passLast(Hop hop, Stop stop) {
    Value result = call(hop, stop);
    if (!stop.device().isCpu()) {
      Event end = Event.untimed(arena, stop.device());
      end.record(stop.model().stream().orElseThrow());
      computed = end;
    }
    values = List.of(result);
  }

  private Value call(Hop hop, Stop stop) {
    if (batch.failure.get() != null) {
      throw new CancellationException("another part of the batch has failed");
    }
    List<Value> there = values.stream().map(value -> hop.carry(value, stop.device())).toList();
    stop.turn().lock();
    try {
      return stop.model().call(arena, Model.FORWARD, there);
    } finally {
      stop.turn().unlock();
    }
  }

  /** Brings the result home; it arrives when the devices are done. */
  void land(Hop hop) {
    Value back = hop.carry(values.getFirst(), home);
    Event end = computed;
    if (end != null) {
      end.synchronize();
    }
    hop.synchronize(home);
    landed.complete(back);
  }

  /** It will not arrive. */
  void fail(Throwable failure) {
    batch.failure.compareAndSet(null, failure);
    landed.completeExceptionally(failure);
  }

  /** Ends its arena: what was not kept is closed. */
  void end() {
    arena.close();
  }

  /** The result in an arena of the caller's, which workers may use; the flight is ended then. */
  CompletableFuture<Value> into(Arena results) {
    // On a thread of its own: what depends on it may submit more, which waits for the workers.
    return landed.handleAsync(
        (value, failure) -> {
          try {
            if (failure != null) {
              throw new CompletionException(failure);
            }
            return value.withTensors(tensor -> tensor.keep(results));
          } finally {
            end();
          }
        },
        DeviceWaits.THREADS);
  }

  /** Ends a worker when all that it was given is done, whether the thread is interrupted or not. */
  static void finish(ExecutorService worker) {
    worker.shutdown();
    boolean isInterrupted = false;
    boolean isDone = false;
    while (!isDone) {
      try {
        isDone = worker.awaitTermination(1, TimeUnit.DAYS);
      } catch (InterruptedException e) {
        isInterrupted = true;
      }
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits until no worker has it any more; none if it failed. */
  Value await() {
    return landed.exceptionally(_ -> Value.none()).join();
  }

  /**
   * Waits for all flights of a batch.
   *
   * @throws RuntimeException the first failure
   */
  private static List<Value> results(Batch batch, List<Flight> flights) {
    List<Value> results = flights.stream().map(Flight::await).toList();
    switch (batch.failure.get()) {
      case null -> {}
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case Throwable e -> throw new IllegalStateException(e);
    }
    return results;
  }
}
