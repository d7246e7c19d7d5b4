package io.github.narthex.soak;

import io.github.narthex.load.Histogram;
import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;

/**
 * One of those who call. It has its lock while it calls; whoever has the other side of the lock may
 * look at what it has counted.
 */
final class SoakCaller {
  private final int index;
  private final SoakTarget target;
  private final Lock turn;
  private Histogram latency = new Histogram();
  private long errors;
  private @Nullable String firstError;
  private volatile long calls;
  private volatile boolean isOver;

  SoakCaller(int index, SoakTarget target, Lock turn) {
    this.index = index;
    this.target = target;
    this.turn = turn;
  }

  /** Calls until {@link #stop}. */
  void run() {
    for (long call = 0; !isOver; call++) {
      turn.lock();
      try {
        long begin = System.nanoTime();
        try {
          target.call(index, call);
          latency.add(System.nanoTime() - begin);
        } catch (RuntimeException e) {
          errors++;
          firstError = firstError == null ? e.toString() : firstError;
        }
      } finally {
        turn.unlock();
      }
      calls = call + 1;
    }
  }

  void stop() {
    isOver = true;
  }

  /** How many calls have ended; any thread may ask. */
  long calls() {
    return calls;
  }

  /** Latencies since this was last asked. */
  Histogram takeLatency() {
    Histogram taken = latency;
    latency = new Histogram();
    return taken;
  }

  /** Failed calls since this was last asked. */
  long takeErrors() {
    long taken = errors;
    errors = 0;
    return taken;
  }

  @Nullable String firstError() {
    return firstError;
  }
}
