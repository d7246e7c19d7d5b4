package io.github.narthex;

import io.github.narthex.internal.torch.Arenas;
import java.lang.foreign.Arena;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;

/**
 * A model on several devices, a copy on each, for batches that are divided among them and for
 * single requests that the next free one takes.
 *
 * <p>Each replica has, but for the CPU, a stream of its own and room for two requests: while it
 * computes one, the other's inputs or results are copied, on streams of their own. Inputs may be on
 * any device; they are copied to the replica's, and results to the device of the first input
 * tensor.
 *
 * <p>Inputs are read until the answer is there, those in {@linkplain Devices#allocatePinned pinned
 * memory} where they lie. What is in other memory of the caller's, a segment, is copied at once.
 *
 * <p><b>Threads.</b> Any may call it, at the same time. On the CPU, replicas work side by side only
 * with {@linkplain Model#withThreads one intra-op thread}. <b>Lifetime.</b> It owns the copies; the
 * model may be closed. {@link #close} waits for all that was submitted.
 */
public final class Replicas implements AutoCloseable {
  /**
   * A model on a device.
   *
   * @param idle a hop for each request that there is room for
   */
  private record Replica(Flight.Stop stop, int room, Deque<Hop> idle) {
    static Replica of(Flight.Stop stop) {
      int room = stop.device().isCpu() ? 1 : 2;
      Deque<Hop> hops = new ArrayDeque<>();
      for (int i = 0; i < room; i++) {
        hops.add(new Hop());
      }
      return new Replica(stop, room, hops);
    }

    int load() {
      return room - idle.size();
    }
  }

  private final Arena arena = Arena.ofShared();
  private final Flight.Answers answers = new Flight.Answers();
  private final List<Replica> replicas = new ArrayList<>();
  private final ExecutorService workers;

  private Replicas(Model model, List<Device> devices) {
    try {
      for (Device device : devices) {
        replicas.add(Replica.of(Flight.Stop.of(arena, model, device)));
      }
    } catch (RuntimeException | Error e) {
      arena.close();
      throw e;
    }
    this.workers =
        Executors.newFixedThreadPool(
            replicas.stream().mapToInt(Replica::room).sum(),
            Thread.ofPlatform().daemon().name("narthex-replica-", 0).factory());
  }

  /**
   * Copies a model to devices.
   *
   * @param devices at least one; one that is named twice has two replicas, which share weights only
   *     if the model is there already
   * @throws IllegalArgumentException if there is no device
   * @throws UnsupportedException if there is no such device, or the model is a package, changes its
   *     own state, or can't be moved
   * @throws IllegalStateException if the model is in training mode, or closed
   * @throws WrongThreadException if its arena is confined to another thread
   * @throws DeviceMemoryException if a device's memory is exhausted
   */
  public static Replicas open(Model model, List<Device> devices) {
    if (devices.isEmpty()) {
      throw new IllegalArgumentException("expected at least one device, got none");
    }
    model.requireEvaluation();
    if (model.isStateful()) {
      throw new UnsupportedException(
          "the model changes its own state, and replicas would each have another one");
    }
    return new Replicas(model, List.copyOf(devices));
  }

  /** How many replicas there are. */
  public int count() {
    return replicas.size();
  }

  /**
   * Divides a batch along dimension 0, runs the parts at the same time and joins their results
   * along dimension 0, in order. Parts are as equal as can be; a batch with fewer rows than there
   * are replicas has one part for each row. Tensors without a dimension, and what is no tensor, go
   * to each part.
   *
   * @param results owns the resulting tensors, which are copies
   * @param inputs tensors with equally many rows, also in lists, tuples and dicts; the model's rows
   *     must not depend on each other; of one where they do, only outputs with another number of
   *     rows are refused
   * @throws IllegalArgumentException if no input has a dimension, or they have different numbers of
   *     rows; also as {@link Model#call}
   * @throws IllegalStateException if an output has not as many rows as the inputs have, parts
   *     return different things beside tensors, or this is closed
   * @throws OperatorException if the model's code fails, for the first part that did; the others
   *     have ended then
   * @throws DeviceMemoryException if memory is exhausted
   * @throws WrongThreadException if an arena is confined to another thread
   */
  public Value forward(Arena results, Value... inputs) {
    return Flight.inParts(results, List.of(inputs), replicas.size(), this::launch);
  }

  /**
   * Has the replica with the least to do run a request as it is. One computes while another is
   * copied; requests beyond twice the number of replicas wait.
   *
   * @param results owns the resulting tensors; a shared arena, open until the future completes
   * @return completes when the device is done, exceptionally as {@link Model#call} throws. What
   *     depends on it runs on a thread of its own
   * @throws IllegalArgumentException if the arena is confined
   * @throws IllegalStateException if this, a tensor or the arena is closed
   * @throws WrongThreadException if a tensor is confined to another thread
   */
  public CompletableFuture<Value> submit(Arena results, Value... inputs) {
    Arenas.requireShared(results);
    List<Value> given = List.of(inputs);
    return answers.add(launch(given, Flight.home(given), new Flight.Batch()).into(results));
  }

  private Flight launch(List<Value> inputs, Device home, Flight.Batch batch) {
    Flight flight = new Flight(inputs, home, batch);
    try {
      workers.execute(() -> fly(flight));
    } catch (RejectedExecutionException e) {
      flight.end();
      throw new IllegalStateException("the replicas are closed", e);
    }
    return flight;
  }

  private void fly(Flight flight) {
    Replica replica;
    Hop hop;
    synchronized (replicas) {
      // There is room for as many as there are workers.
      replica =
          replicas.stream()
              .filter(one -> !one.idle().isEmpty())
              .min(Comparator.comparingInt(Replica::load))
              .orElseThrow();
      hop = replica.idle().remove();
    }
    Throwable failure = null;
    try {
      flight.passLast(hop, replica.stop());
      flight.land(hop);
    } catch (Throwable e) {
      failure = e;
    } finally {
      synchronized (replicas) {
        replica.idle().add(hop);
      }
    }
    if (failure != null) {
      flight.fail(failure);
    }
  }

  /** Waits for what was submitted, then closes the copies; a second call does nothing. */
  @Override
  public void close() {
    Flight.finish(workers);
    answers.await();
    synchronized (arena) {
      if (arena.scope().isAlive()) {
        arena.close();
      }
    }
  }
}
