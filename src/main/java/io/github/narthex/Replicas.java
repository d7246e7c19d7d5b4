package io.github.narthex;

import io.github.narthex.internal.torch.Arenas;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;

/**
 * A model on several devices, a copy on each, for batches that are divided among them and for
 * single requests that the next free one takes.
 *
 * <p>Each replica has a worker thread and, but for the CPU, a stream of its own. Inputs may be on
 * any device; they are copied to the replica's, and results to the device of the first input
 * tensor.
 *
 * <p><b>Threads.</b> Any may call it, at the same time. On the CPU, replicas work side by side only
 * with {@linkplain Model#withThreads one intra-op thread}. <b>Lifetime.</b> It owns the copies; the
 * model may be closed. {@link #close} waits for all that was submitted.
 */
public final class Replicas implements AutoCloseable {
  private record Replica(Model model, Device device) {}

  private final Arena arena = Arena.ofShared();
  private final Flight.Answers answers = new Flight.Answers();
  private final BlockingQueue<Replica> idle = new LinkedBlockingQueue<>();
  private final ExecutorService workers;
  private final int count;

  private Replicas(Model model, List<Device> devices) {
    this.count = devices.size();
    try {
      devices.forEach(device -> idle.add(new Replica(Flight.placed(arena, model, device), device)));
    } catch (RuntimeException | Error e) {
      arena.close();
      throw e;
    }
    this.workers =
        Executors.newFixedThreadPool(
            count, Thread.ofPlatform().daemon().name("narthex-replica-", 0).factory());
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
    return count;
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
    return Flight.inParts(results, List.of(inputs), count, this::launch);
  }

  /**
   * Has the next free replica run a request as it is; requests beyond the number of replicas wait.
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
    Replica replica = idle.remove(); // there are as many as workers
    Throwable failure = null;
    try {
      flight.pass(replica.model(), replica.device(), true);
    } catch (Throwable e) {
      failure = e;
    } finally {
      idle.add(replica);
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
