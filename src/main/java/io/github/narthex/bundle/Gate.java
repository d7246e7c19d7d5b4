package io.github.narthex.bundle;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts who is inside: not more than so many, and none after it is closed. */
final class Gate {
  /** Added to the count when it is closed, which makes it negative. */
  private static final int CLOSED = Integer.MIN_VALUE;

  private final AtomicInteger inside = new AtomicInteger();
  private final CountDownLatch empty = new CountDownLatch(1);
  private final int capacity;
  private final String full;

  /**
   * An open gate.
   *
   * @param full what is said to who finds no room
   */
  Gate(int capacity, String full) {
    this.capacity = capacity;
    this.full = full;
  }

  /**
   * Goes in.
   *
   * @throws IllegalStateException if it is closed
   * @throws RejectedExecutionException if there is no room
   */
  void enter() {
    while (true) {
      int count = inside.get();
      if (count < 0) {
        throw new IllegalStateException("the bundle is closed");
      }
      if (count >= capacity) {
        throw new RejectedExecutionException(full);
      }
      if (inside.compareAndSet(count, count + 1)) {
        return;
      }
    }
  }

  void leave() {
    if (inside.decrementAndGet() == CLOSED) {
      empty.countDown();
    }
  }

  /** Lets nobody in any more, and waits until all have left; again, it only waits. */
  void close() {
    int before = inside.getAndUpdate(count -> count < 0 ? count : count + CLOSED);
    if (before == 0) {
      empty.countDown();
    }
    Waiting.forLatch(empty);
  }
}
