package io.github.narthex;

import io.github.narthex.internal.torch.Arenas;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;

/**
 * The stages of a model on devices, one after the other, through which parts of a batch (micro
 * batches) go so that all stages work at the same time: while the second one computes one part, the
 * first one has the next.
 *
 * <p>Each stage has a worker thread and, but for the CPU, a stream of its own. What a stage hands
 * over is copied to the next device, where it is waited for by that device's stream and not by the
 * host. Copies, of inputs and results too, have streams of their own: a stage computes its next
 * part while its last one is copied. Inputs may be on any device, results go to that of the first
 * input tensor. Of parts, twice as many as there are stages are on their way; more wait to be
 * taken.
 *
 * <p>Inputs are read until the answer is there, those in {@linkplain Devices#allocatePinned pinned
 * memory} where they lie. What is in other memory of the caller's, a segment, is copied at once.
 *
 * <p><b>Threads.</b> Any may call it, at the same time. On the CPU, stages work side by side only
 * with {@linkplain Model#withThreads one intra-op thread}. <b>Lifetime.</b> It owns the copies on
 * the devices; the stages may be closed. {@link #close} waits for all that was submitted.
 */
public final class Pipeline implements AutoCloseable {
  private record Stage(Hop hop, Flight.Stop stop, ExecutorService worker) {}

  private final Arena arena = Arena.ofShared();
  private final Flight.Answers answers = new Flight.Answers();
  private final List<Stage> stages = new ArrayList<>();
  private final Hop back = new Hop();
  private final ExecutorService landing = worker("narthex-results");
  private final Semaphore places;

  private Pipeline(List<Model> models, List<Device> devices) {
    this.places = new Semaphore(2 * models.size());
    try {
      for (int i = 0; i < models.size(); i++) {
        Flight.Stop stop = Flight.Stop.of(arena, models.get(i), devices.get(i));
        stages.add(new Stage(new Hop(), stop, worker("narthex-stage-" + i)));
      }
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private static ExecutorService worker(String name) {
    return Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name(name).factory());
  }

  /**
   * Copies stages to devices.
   *
   * @param devices one for each stage, in order; a device may be named more than once
   * @throws IllegalArgumentException if there are not as many devices as stages
   * @throws UnsupportedException if there is no such device, or a stage can't be moved
   * @throws IllegalStateException if the stages are closed
   * @throws WrongThreadException if their arena is confined to another thread
   * @throws DeviceMemoryException if a device's memory is exhausted
   */
  public static Pipeline open(ModelStages stages, List<Device> devices) {
    int count = stages.models().size();
    if (devices.size() != count) {
      throw new IllegalArgumentException(
          "expected a device for each of %d stages, got %d".formatted(count, devices.size()));
    }
    return new Pipeline(stages.models(), List.copyOf(devices));
  }

  /**
   * Divides a batch along dimension 0 into so many parts, as equal as can be, runs them through the
   * stages and joins their results along dimension 0, in order. Tensors without a dimension, and
   * what is no tensor, go to each part. Three or four parts for each stage keep stages busy.
   *
   * @param results owns the resulting tensors, which are copies
   * @param count of parts, at least 1; a batch with fewer rows has one for each row
   * @param inputs tensors with equally many rows, also in lists, tuples and dicts; the model's rows
   *     must not depend on each other; of one where they do, only outputs with another number of
   *     rows are refused
   * @throws IllegalArgumentException if {@code count} is less than 1, no input has a dimension, or
   *     they have different numbers of rows; also as {@link Model#call}
   * @throws IllegalStateException if an output has not as many rows as the inputs have, parts
   *     return different things beside tensors, or this is closed
   * @throws OperatorException if a stage's code fails, for the first part that did; the others have
   *     ended then
   * @throws DeviceMemoryException if memory is exhausted
   * @throws WrongThreadException if an arena is confined to another thread
   */
  public Value forward(Arena results, int count, Value... inputs) {
    if (count < 1) {
      throw new IllegalArgumentException("expected at least 1 part of the batch, got " + count);
    }
    return Flight.inParts(results, List.of(inputs), count, this::launch);
  }

  /**
   * Runs a request through the stages as it is. Requests are computed in the order in which they
   * were submitted, and each answer is handed over by a thread of its own. It blocks while twice as
   * many requests as there are stages are on their way.
   *
   * @param results owns the resulting tensors; a shared arena, open until the future completes
   * @return completes when the last device is done, exceptionally as {@link Model#call} throws.
   *     What depends on it runs on a thread of its own
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
    places.acquireUninterruptibly();
    try {
      stages.getFirst().worker().execute(() -> fly(flight, 0));
    } catch (RejectedExecutionException e) {
      places.release();
      flight.end();
      throw new IllegalStateException("the pipeline is closed", e);
    }
    return flight;
  }

  private void fly(Flight flight, int index) {
    Stage stage = stages.get(index);
    try {
      if (index < stages.size() - 1) {
        flight.pass(stage.hop(), stage.stop());
        stages.get(index + 1).worker().execute(() -> fly(flight, index + 1));
      } else {
        flight.passLast(stage.hop(), stage.stop());
        landing.execute(() -> land(flight));
      }
    } catch (Throwable e) {
      flight.fail(e);
      places.release();
    }
  }

  /**
   * On a thread of its own: the last stage's next part does not wait for what the host waits for.
   */
  private void land(Flight flight) {
    try {
      flight.land(back);
    } catch (Throwable e) {
      flight.fail(e);
    }
    places.release();
  }

  /** Waits for what was submitted, then closes the copies; a second call does nothing. */
  @Override
  public void close() {
    // In order: each has given all that it has to the next when it is done.
    stages.forEach(stage -> Flight.finish(stage.worker()));
    Flight.finish(landing);
    answers.await();
    synchronized (arena) {
      if (arena.scope().isAlive()) {
        arena.close();
      }
    }
  }
}
