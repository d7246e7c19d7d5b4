package io.github.narthex.load;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A load while it is put on something. Each server has a thread, which calls {@link #serve}; when
 * all have returned, there is an {@link #outcome}.
 */
public final class Load {
  private static final double NANOS_PER_S = 1e9;

  /** Queues are said to grow beyond so many standard deviations of how many requests come. */
  private static final double CHANCE = 2;

  private final Plan plan;
  private final Traffic traffic;
  private final Clock clock;
  private final List<Tally> tallies = new ArrayList<>();

  Load(Plan plan, int servers, Clock clock) {
    this.plan = plan;
    this.traffic = plan.traffic();
    this.clock = clock;
    for (int i = 0; i < servers; i++) {
      tallies.add(new Tally(plan.durationNanos()));
    }
  }

  /**
   * A load that is about to begin.
   *
   * @param servers how many requests can be served at the same time
   * @param nanoTime when it begins, by {@link System#nanoTime}
   */
  public static Load startingAt(Plan plan, int servers, long nanoTime) {
    return new Load(plan, servers, Clock.startingAt(nanoTime));
  }

  /**
   * Serves requests until there are no more.
   *
   * @param server from 0; each is one thread
   */
  public void serve(int server, Service service) {
    Server.run(server, traffic, service, clock, tallies.get(server));
  }

  Traffic traffic() {
    return traffic;
  }

  Tally tally(int server) {
    return tallies.get(server);
  }

  /** What came of it. To be called once, when all servers have returned. */
  public Outcome outcome() {
    Histogram latency = new Histogram();
    Histogram service = new Histogram();
    Histogram lateness = new Histogram();
    Histogram unanswered = new Histogram();
    long errors = 0;
    long inTime = 0;
    long elapsed = 0;
    for (Tally tally : tallies) {
      latency.add(tally.latency());
      service.add(tally.service());
      lateness.add(tally.lateness());
      errors += tally.errors();
      inTime += tally.inTime();
      elapsed = Math.max(elapsed, tally.lastEnd());
    }
    long end = Math.max(elapsed, plan.durationNanos());
    traffic.unserved(due -> unanswered.add(end - due));
    Distribution open = unanswered.distribution();
    Distribution served = service.distribution();
    boolean isOpen = plan instanceof Plan.Open;
    long backlog = isOpen ? served.count() + open.count() - inTime : 0;
    double most = tallies.size() + CHANCE * Math.sqrt((double) served.count() + open.count());
    return new Outcome(
        tallies.size(),
        plan instanceof Plan.Queries ? elapsed : plan.durationNanos(),
        elapsed,
        isOpen ? inTime * NANOS_PER_S / plan.durationNanos() : servedPerS(elapsed),
        latency.distribution(),
        open,
        served,
        lateness.distribution(),
        backlog,
        open.count() > 0 || backlog > most,
        errors,
        firstError());
  }

  /**
   * By what each server did until it had nothing more to do: the last requests end one after the
   * other, and what is idle then says nothing of the rate. Samples of a query are waited for.
   */
  private double servedPerS(long elapsed) {
    double perS = 0;
    for (Tally tally : tallies) {
      long time = plan instanceof Plan.Queries ? elapsed : tally.lastEnd();
      if (time > 0) {
        perS += tally.service().count() * NANOS_PER_S / time;
      }
    }
    return perS;
  }

  private @Nullable String firstError() {
    return tallies.stream()
        .flatMap(tally -> Stream.ofNullable(tally.firstError()))
        .findFirst()
        .orElse(null);
  }
}
