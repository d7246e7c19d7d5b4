package io.github.narthex.soak;

import io.github.narthex.bench.Disturbance;
import io.github.narthex.load.Histogram;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * Calls something from several threads for a long time. At the end of each window all callers wait
 * between two calls while the process is looked at: so what a call holds for its time is not taken
 * for a leak, and one handle too many shows. To be run once.
 */
public final class Soak {
  /** The share of the windows, from the first, that memory and compilers have to settle in. */
  public static final double WARM_UP_SHARE = 0.25;

  private static final double NANOS_PER_S = 1e9;
  private static final long BEAT_NANOS = 5_000_000_000L;

  private final SoakPlan plan;
  private final Gauges gauges;
  private final SoakProgress progress;
  private final ReentrantReadWriteLock calling = new ReentrantReadWriteLock();
  private final List<SoakCaller> callers = new ArrayList<>();
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private final List<Sample> samples = new ArrayList<>();
  private final Histogram latency = new Histogram();
  private Disturbance before = Disturbance.NONE;
  private long begin;

  /** A soak that is about to begin. */
  public Soak(SoakPlan plan, SoakTarget target, Gauges gauges, SoakProgress progress) {
    this.plan = plan;
    this.gauges = gauges;
    this.progress = progress;
    for (int i = 0; i < plan.callers(); i++) {
      callers.add(new SoakCaller(i, target, calling.readLock()));
    }
  }

  /** Ends it before its time, once the calls that are under way have ended. Any thread may. */
  public void stop() {
    stopped.countDown();
  }

  /**
   * Calls until the time is over or it is {@linkplain #stop stopped}, and judges.
   *
   * @throws Error what a call has thrown that is not an exception; all calls have ended then
   */
  public SoakResult run() {
    List<Thread> threads = start();
    try {
      sampleUntilTheEnd();
    } finally {
      callers.forEach(SoakCaller::stop);
      threads.forEach(Soak::join);
    }
    if (failure.get() instanceof Error error) {
      throw error;
    }
    return result();
  }

  private List<Thread> start() {
    begin = System.nanoTime();
    before = gauges.disturbance();
    List<Thread> threads = new ArrayList<>();
    for (SoakCaller caller : callers) {
      threads.add(
          Thread.ofPlatform()
              .daemon()
              .name("caller " + threads.size())
              .uncaughtExceptionHandler(
                  (thread, thrown) -> {
                    failure.compareAndSet(null, thrown);
                    stop();
                  })
              .start(caller::run));
    }
    return threads;
  }

  private static void join(Thread thread) {
    boolean isInterrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        isInterrupted = true; // a call that is under way has to end all the same
      }
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void sampleUntilTheEnd() {
    long window = plan.window().toNanos();
    long end = begin + plan.duration().toNanos();
    long windowBegin = begin;
    long windowEnd = begin + window;
    while (windowEnd - window / 2 <= end) {
      boolean wasStopped = !awaitUntil(windowEnd);
      boolean isWorthLooking = System.nanoTime() - windowBegin >= window / 2;
      if (failure.get() != null || (wasStopped && !isWorthLooking)) {
        return;
      }
      samples.add(sample());
      if (wasStopped) {
        return;
      }
      windowBegin = System.nanoTime();
      // Where looking took long, or a call did, there is time to call before the next look.
      windowEnd = Math.max(windowEnd + window, windowBegin + window / 2);
    }
  }

  /** Whether that moment has come, and not the end before it. */
  private boolean awaitUntil(long moment) {
    while (true) {
      long left = moment - System.nanoTime();
      if (left <= 0) {
        return stopped.getCount() > 0;
      }
      try {
        if (stopped.await(Math.min(left, BEAT_NANOS), TimeUnit.NANOSECONDS)) {
          return false;
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        stop();
        return false;
      }
      long calls = callers.stream().mapToLong(SoakCaller::calls).sum();
      progress.update(seconds(), calls, samples.isEmpty() ? null : samples.getLast());
    }
  }

  private Sample sample() {
    calling.writeLock().lock();
    try {
      Histogram window = new Histogram();
      long errors = 0;
      for (SoakCaller caller : callers) {
        window.add(caller.takeLatency());
        errors += caller.takeErrors();
      }
      latency.add(window);
      Disturbance now = gauges.disturbance();
      Disturbance during = now.since(before);
      before = now;
      return Sample.of(seconds(), gauges.read(), window.distribution(), errors, during);
    } finally {
      calling.writeLock().unlock();
    }
  }

  private double seconds() {
    return (System.nanoTime() - begin) / NANOS_PER_S;
  }

  private SoakResult result() {
    int warmUp = (int) Math.ceil(WARM_UP_SHARE * samples.size());
    List<Sample> judged = samples.subList(warmUp, samples.size());
    boolean isDisturbed = Disturbed.moreAndMore(judged);
    List<Growth> growths =
        Arrays.stream(Metric.values())
            .map(metric -> Growth.of(metric, judged, plan.limits()))
            .map(growth -> growth.metric().isLatency() && isDisturbed ? growth.disturbed() : growth)
            .toList();
    // Calls that ended after the last window are in no sample, but failures are told.
    long errors =
        samples.stream().mapToLong(Sample::errors).sum()
            + callers.stream().mapToLong(SoakCaller::takeErrors).sum();
    return new SoakResult(
        plan,
        samples,
        warmUp,
        growths,
        latency.distribution(),
        errors,
        callers.stream()
            .map(SoakCaller::firstError)
            .filter(Objects::nonNull)
            .findFirst()
            .orElse(null),
        seconds(),
        Disturbed.share(judged),
        stopped.getCount() == 0);
  }
}
