package io.github.narthex.bundle;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import org.jspecify.annotations.Nullable;

/** Requests that are joined for one forward. Except for {@link #done}, guarded by the batcher. */
final class Batch {
  final JoinedMemory memory;

  /** Signalled when it is sealed, and when the last of its requests is in its rows. */
  final Condition changed;

  /** Opened when there are answers, or a failure. */
  final CountDownLatch done = new CountDownLatch(1);

  private int rows;
  private int requests;
  private int copying;
  private boolean sealed;

  /** Why there are no answers; read after {@link #done}. */
  private @Nullable Throwable failure;

  /** Who has not taken an answer yet. */
  private final AtomicInteger waiting = new AtomicInteger();

  Batch(JoinedMemory memory, Condition changed) {
    this.memory = memory;
    this.changed = changed;
  }

  int rows() {
    return rows;
  }

  int requests() {
    return requests;
  }

  boolean isSealed() {
    return sealed;
  }

  /** Takes up a request of so many rows; returns the first of its rows. */
  int join(int count) {
    int first = rows;
    rows += count;
    requests++;
    copying++;
    waiting.incrementAndGet();
    return first;
  }

  /** Notes that a request is in its rows, or will never be. */
  void copied() {
    copying--;
    if (copying == 0) {
      changed.signalAll();
    }
  }

  boolean isCopying() {
    return copying > 0;
  }

  /** Takes up nothing more. */
  void seal() {
    sealed = true;
    changed.signalAll();
  }

  void fail(Throwable reason) {
    failure = reason;
  }

  @Nullable Throwable failure() {
    return failure;
  }

  /** Whether this was the last request to leave, so that nobody needs the memory any more. */
  boolean leave() {
    return waiting.decrementAndGet() == 0;
  }
}
