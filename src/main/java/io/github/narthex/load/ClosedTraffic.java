package io.github.narthex.load;

import java.util.function.LongConsumer;

/**
 * So many callers, each of which asks again as soon as it has its answer. Those for whom there is
 * no server stand in line. When the time is over nobody asks again, and all get their answers.
 */
final class ClosedTraffic implements Traffic {
  private final long duration;

  /** When those in line came, as a ring. */
  private final long[] line;

  private int head;
  private int length;
  private long handed;

  ClosedTraffic(int callers, long duration) {
    this.duration = duration;
    this.line = new long[callers];
    this.length = callers;
  }

  @Override
  public synchronized Turn next(Ticket ticket, long now) {
    // A caller that was answered stands in line again before its server looks for the next: where
    // the line is empty, there are more servers than callers, or the time is over.
    if (length == 0) {
      return Turn.END;
    }
    ticket.fill(handed++, line[head]);
    head = (head + 1) % line.length;
    length--;
    return Turn.SERVE;
  }

  @Override
  public synchronized long answered(Ticket ticket, long now) {
    if (now < duration) {
      line[(head + length++) % line.length] = now;
    }
    return now - ticket.due();
  }

  @Override
  public void unserved(LongConsumer due) {
    // All are served.
  }
}
