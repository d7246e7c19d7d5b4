package io.github.narthex.load;

import java.util.function.LongConsumer;

/**
 * Requests that come at their time, whatever became of those before. A server that is free takes
 * the next one even before it is due, and waits for that moment; so the queue takes no memory, and
 * no thread is needed to hand requests out.
 */
final class OpenTraffic implements Traffic {
  private final Schedule schedule;
  private final long duration;
  private final long patience;
  private long upcoming;
  private long handed;

  /**
   * Traffic by a schedule.
   *
   * @param duration requests are due before it is over
   * @param patience how much longer servers go on with what was due before
   */
  OpenTraffic(Schedule schedule, long duration, long patience) {
    this.schedule = schedule;
    this.duration = duration;
    this.patience = patience;
    this.upcoming = schedule.next();
  }

  @Override
  public synchronized Turn next(Ticket ticket, long now) {
    if (upcoming >= duration || now >= duration + patience) {
      return Turn.END;
    }
    ticket.fill(handed++, upcoming);
    upcoming = schedule.next();
    return Turn.SERVE;
  }

  @Override
  public long answered(Ticket ticket, long now) {
    return now - ticket.due();
  }

  @Override
  public synchronized void unserved(LongConsumer due) {
    while (upcoming < duration) {
      due.accept(upcoming);
      upcoming = schedule.next();
    }
  }
}
