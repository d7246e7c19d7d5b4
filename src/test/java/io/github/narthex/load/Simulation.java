package io.github.narthex.load;

import java.util.ArrayDeque;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.function.LongUnaryOperator;

/** Servers without threads, on a clock that jumps to whatever is next. */
final class Simulation {
  static final long MS = 1_000_000L;
  static final long S = 1000 * MS;

  /** A request that is being served. */
  private record Work(int server, Ticket ticket, long started, long ended, boolean idle) {}

  private final Load load;
  private final LongUnaryOperator service;
  private final PriorityQueue<Work> working =
      new PriorityQueue<>((a, b) -> Long.compare(a.ended, b.ended));
  private final ArrayDeque<Integer> waiting = new ArrayDeque<>();

  private Simulation(Load load, LongUnaryOperator service) {
    this.load = load;
    this.service = service;
  }

  /**
   * What comes of a load.
   *
   * @param service how long a request takes that is begun at that time
   */
  static Outcome run(Plan plan, int servers, LongUnaryOperator service) {
    Load load = new Load(plan, servers, Clock.startingAt(0));
    new Simulation(load, service).run(servers);
    return load.outcome();
  }

  /** A service whose time is exponentially distributed. */
  static LongUnaryOperator random(double meanNanos, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    return at -> (long) (-meanNanos * Math.log1p(-random.nextDouble()));
  }

  private void run(int servers) {
    for (int i = 0; i < servers; i++) {
      next(i, -MS);
    }
    while (!working.isEmpty()) {
      Work work = working.remove();
      Ticket ticket = work.ticket();
      Tally tally = load.tally(work.server());
      tally.served(ticket.due(), work.started(), work.ended(), work.idle());
      long latency = load.traffic().answered(ticket, work.ended());
      if (latency != Traffic.NOT_YET) {
        tally.answered(latency);
      }
      next(work.server(), work.ended());
      for (int i = waiting.size(); i > 0; i--) {
        next(waiting.remove(), work.ended());
      }
    }
  }

  private void next(int server, long now) {
    Ticket ticket = new Ticket();
    switch (load.traffic().next(ticket, now)) {
      case SERVE -> {
        long started = Math.max(now, ticket.due());
        long ended = started + service.applyAsLong(started);
        working.add(new Work(server, ticket, started, ended, ticket.due() > now));
      }
      case WAIT -> waiting.add(server);
      case END -> {}
    }
  }
}
