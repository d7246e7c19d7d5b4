package io.github.narthex.bundle;

import io.github.narthex.Model;
import io.github.narthex.Value;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Joins requests that come at the same time into one forward. There is no thread of its own: the
 * first request of a batch waits for others, until the batch is full, or its time is over and an
 * instance is free; then its thread runs the model for all of them. Each copies its inputs into the
 * batch, and its answer out of it, on its own thread, so that tensors of confined arenas will do.
 *
 * <p>A request that does not look like the others runs by itself. Where a batch of several fails,
 * each of its requests runs by itself, so that only the one that is to blame fails.
 */
final class MicroBatcher implements Caller {
  private final Arena arena;
  private final Model model;
  private final JoinedLayout layout;
  private final int capacity;
  private final long maxWaitNanos;
  private final Semaphore instances;
  private final Caller alone;

  /** Whether the model is compiled for each number of rows, so that there should be few. */
  private final boolean rounds;

  private final ReentrantLock lock = new ReentrantLock();

  /** Guarded by the lock. */
  private @Nullable Batch forming;

  /** Memory that no batch uses; guarded by the lock. */
  private final Deque<JoinedMemory> free = new ArrayDeque<>();

  /**
   * A batcher.
   *
   * @param arena shared; owns the memory of batches
   * @param capacity the most rows of a batch
   * @param alone answers what can't be joined; uses the same instances
   */
  MicroBatcher(
      Arena arena,
      Model model,
      JoinedLayout layout,
      int capacity,
      Duration maxWait,
      Semaphore instances,
      Caller alone) {
    this.arena = arena;
    this.model = model;
    this.layout = layout;
    this.capacity = capacity;
    this.maxWaitNanos = maxWait.toNanos();
    this.instances = instances;
    this.alone = alone;
    this.rounds = !model.compilations().isEmpty();
  }

  /** Runs the numbers of rows that there will be; of those that are not compiled, two suffice. */
  void warmUp(int forwards) {
    JoinedMemory memory = new JoinedMemory(arena, model, layout, capacity);
    int rows = 1;
    while (true) {
      for (int i = 0; i < forwards; i++) {
        memory.run(rows);
      }
      if (rows == capacity) {
        break;
      }
      rows = rounds ? rounded(rows + 1) : capacity;
    }
    giveBack(memory);
  }

  /** How many rows are run for so many: where each number is compiled, the next power of two. */
  private int rounded(int rows) {
    return rounds && rows > 2 ? Math.min(capacity, Integer.highestOneBit(rows - 1) << 1) : rows;
  }

  @Override
  public Value call(Arena results, List<Value> request) {
    long rows = layout.rowsOf(request);
    if (rows < 1 || rows > capacity) {
      return alone.call(results, request);
    }
    return call(results, request, (int) rows);
  }

  private Value call(Arena results, List<Value> request, int rows) {
    Batch batch;
    int from;
    boolean leads;
    lock.lock();
    try {
      leads = !joins(rows);
      batch = leads ? begin() : forming();
      from = batch.join(rows);
      if (batch.rows() == capacity) {
        seal(batch);
      }
    } finally {
      lock.unlock();
    }
    try {
      Throwable own = copy(request, batch, from, rows);
      if (leads) {
        lead(batch);
      } else {
        Waiting.forLatch(batch.done);
      }
      if (own == null && batch.failure() == null) {
        return batch.memory.take(results, from, rows);
      }
      rethrow(own);
    } finally {
      if (batch.leave()) {
        giveBack(batch.memory);
      }
    }
    if (batch.requests() == 1) {
      rethrow(batch.failure());
    }
    return alone.call(results, request);
  }

  /** Whether the batch that is being formed has room; one that has not is sealed. */
  private boolean joins(int rows) {
    if (forming == null) {
      return false;
    }
    if (forming.rows() + rows > capacity) {
      seal(forming);
      return false;
    }
    return true;
  }

  private Batch begin() {
    JoinedMemory memory = free.poll();
    if (memory == null) {
      memory = new JoinedMemory(arena, model, layout, capacity);
    }
    Batch batch = new Batch(memory, lock.newCondition());
    forming = batch;
    return batch;
  }

  private Batch forming() {
    Batch batch = forming;
    if (batch == null) {
      throw new AssertionError("there is a batch to join");
    }
    return batch;
  }

  private void seal(Batch batch) {
    batch.seal();
    if (forming == batch) {
      forming = null;
    }
  }

  /** Copies a request to its rows; returns why that failed, which must not stop the others. */
  private @Nullable Throwable copy(List<Value> request, Batch batch, int from, int rows) {
    try {
      batch.memory.put(request, from, rows);
      return null;
    } catch (RuntimeException | Error e) {
      return e;
    } finally {
      lock.lock();
      try {
        batch.copied();
      } finally {
        lock.unlock();
      }
    }
  }

  private void lead(Batch batch) {
    try {
      gather(batch);
      instances.acquireUninterruptibly(); // until then, others may join
      try {
        batch.memory.run(rounded(sealed(batch)));
      } finally {
        instances.release();
      }
    } catch (RuntimeException | Error e) {
      batch.fail(e);
    } finally {
      batch.done.countDown();
    }
  }

  /** Waits until the batch is full or its time is over, whether interrupted or not. */
  private void gather(Batch batch) {
    long deadline = System.nanoTime() + maxWaitNanos;
    boolean interrupted = false;
    lock.lock();
    try {
      long left = maxWaitNanos;
      while (!batch.isSealed() && left > 0) {
        try {
          left = batch.changed.awaitNanos(left);
        } catch (InterruptedException e) {
          interrupted = true;
          left = deadline - System.nanoTime();
        }
      }
    } finally {
      lock.unlock();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Seals the batch, and waits until all of its requests are in their rows; returns how many. */
  private int sealed(Batch batch) {
    lock.lock();
    try {
      seal(batch);
      while (batch.isCopying()) {
        batch.changed.awaitUninterruptibly();
      }
      return batch.rows();
    } finally {
      lock.unlock();
    }
  }

  private void giveBack(JoinedMemory memory) {
    lock.lock();
    try {
      free.push(memory);
    } finally {
      lock.unlock();
    }
  }

  private static void rethrow(@Nullable Throwable failure) {
    switch (failure) {
      case null -> {}
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new AssertionError("nothing else is caught", failure);
    }
  }
}
