package io.github.narthex;

import io.github.narthex.bench.Latency;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.LongStream;

/** Threads that each have a session and ask again as soon as they have an answer. */
final class ClosedLoop {
  private static final int WARM_UP = 4;

  private ClosedLoop() {}

  /**
   * What came out.
   *
   * @param perSecond forwards of all threads
   * @param latency what a thread waited from one answer to the next, for a processor too
   */
  record Result(double perSecond, Latency latency) {}

  /** Runs a thread for each session for so long. */
  static Result run(List<Session> sessions, Thread.Builder builder, double seconds)
      throws InterruptedException {
    List<Caller> callers = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    CountDownLatch warm = new CountDownLatch(sessions.size());
    CountDownLatch start = new CountDownLatch(1);
    for (Session session : sessions) {
      Caller caller = new Caller(session, warm, start, seconds);
      callers.add(caller);
      threads.add(builder.start(caller));
    }
    warm.await();
    long began = System.nanoTime();
    start.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
    double elapsed = (System.nanoTime() - began) / 1e9;
    long[] nanos = callers.stream().flatMapToLong(Caller::samples).toArray();
    return new Result(nanos.length / elapsed, Latency.of(nanos));
  }

  private static final class Caller implements Runnable {
    private final Session session;
    private final CountDownLatch warm;
    private final CountDownLatch start;
    private final double seconds;
    private long[] nanos = new long[1 << 10];
    private int count;

    Caller(Session session, CountDownLatch warm, CountDownLatch start, double seconds) {
      this.session = session;
      this.warm = warm;
      this.start = start;
      this.seconds = seconds;
    }

    @Override
    @SuppressWarnings("ThreadPriorityCheck") // else a virtual thread would never leave its carrier
    public void run() {
      for (int i = 0; i < WARM_UP; i++) {
        session.run();
      }
      warm.countDown();
      await(start);
      long now = System.nanoTime();
      long end = now + (long) (seconds * 1e9);
      while (now < end) {
        session.run();
        long answered = System.nanoTime();
        add(answered - now);
        now = answered;
        Thread.yield();
      }
    }

    private void add(long sample) {
      if (count == nanos.length) {
        nanos = Arrays.copyOf(nanos, 2 * count);
      }
      nanos[count++] = sample;
    }

    LongStream samples() {
      return Arrays.stream(nanos, 0, count);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
