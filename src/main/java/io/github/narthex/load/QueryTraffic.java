package io.github.narthex.load;

import java.util.function.LongConsumer;

/**
 * Queries of several samples each, one query after the other: the next begins when all samples of
 * the one before are answered, and so does what the caller waits for.
 */
final class QueryTraffic implements Traffic {
  private final int samples;
  private final long duration;
  private final long most;
  private long begun = 0;
  private int handed;
  private int done;
  private long index;
  private long queries;
  private boolean over;

  /**
   * Queries.
   *
   * @param samples of each query
   * @param duration after which none begins
   * @param most queries
   */
  QueryTraffic(int samples, long duration, long most) {
    this.samples = samples;
    this.duration = duration;
    this.most = most;
  }

  @Override
  public synchronized Turn next(Ticket ticket, long now) {
    if (handed < samples) {
      handed++;
      ticket.fill(index++, begun);
      return Turn.SERVE;
    }
    return over ? Turn.END : Turn.WAIT;
  }

  @Override
  public synchronized long answered(Ticket ticket, long now) {
    done++;
    if (done < samples) {
      return NOT_YET;
    }
    long latency = now - begun;
    queries++;
    if (queries < most && now < duration) {
      begun = now;
      handed = 0;
      done = 0;
    } else {
      over = true;
    }
    return latency;
  }

  @Override
  public void unserved(LongConsumer due) {
    // All are served.
  }
}
