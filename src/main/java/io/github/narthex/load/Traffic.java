package io.github.narthex.load;

import java.util.function.LongConsumer;

/**
 * Requests, and when they are due. Hands them to servers first come, first served. Any number of
 * servers may call it at the same time; its memory does not grow with the number of requests.
 */
interface Traffic {
  /** What a server is to do. */
  enum Turn {
    /** Serve the request in the ticket, once it is due. */
    SERVE,
    /** Ask again: what comes next depends on what others are serving. */
    WAIT,
    /** Go home. */
    END
  }

  /** What {@link #answered} says where the caller has no answer yet. */
  long NOT_YET = -1;

  /**
   * What a server that is free is to do.
   *
   * @param ticket is filled if that is to serve
   */
  Turn next(Ticket ticket, long now);

  /**
   * A server is done with its ticket.
   *
   * @return how long the caller has waited for its answer; {@link #NOT_YET} if it waits for more
   */
  long answered(Ticket ticket, long now);

  /** Tells when each request was due that nobody got to serve. To be called once, at the end. */
  void unserved(LongConsumer due);
}
