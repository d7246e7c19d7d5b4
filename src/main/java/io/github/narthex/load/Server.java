package io.github.narthex.load;

/** One of those who take requests from a traffic and answer them. */
final class Server {
  private Server() {}

  /**
   * Serves to the end of the traffic.
   *
   * @param server its number, from 0
   * @param tally of this server alone
   */
  static void run(int server, Traffic traffic, Service service, Clock clock, Tally tally) {
    Ticket ticket = new Ticket();
    long now = clock.now();
    long free = now;
    while (true) {
      Traffic.Turn turn = traffic.next(ticket, now);
      if (turn == Traffic.Turn.END) {
        return;
      }
      if (turn == Traffic.Turn.WAIT) {
        clock.pause(now - free);
        now = clock.now();
        continue;
      }
      boolean idle = ticket.due() > now;
      if (idle) {
        clock.await(ticket.due());
        now = clock.now();
      }
      long started = now;
      RuntimeException failure = null;
      try {
        service.serve(server, ticket.index());
      } catch (RuntimeException e) {
        failure = e;
      }
      now = clock.now();
      tally.served(ticket.due(), started, now, idle);
      long latency = traffic.answered(ticket, now);
      free = now;
      if (failure != null) {
        tally.failed(failure);
      } else if (latency != Traffic.NOT_YET) {
        tally.answered(latency);
      }
    }
  }
}
