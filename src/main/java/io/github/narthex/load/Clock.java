package io.github.narthex.load;

import java.util.concurrent.locks.LockSupport;

/** The time that servers go by. */
interface Clock {
  /** A thread that sleeps is woken some 60 us late: the rest of the time it stays awake. */
  long SPIN_NANOS = 100_000;

  /** How long one sleeps that does not know for how long. */
  long NAP_NANOS = 50_000;

  /** Nanoseconds since the load began; negative before. */
  long now();

  /** Waits for a moment, and for no longer than that. */
  void await(long moment);

  /**
   * Lets a moment pass in which something may happen.
   *
   * @param waited for how long nothing has happened
   */
  void pause(long waited);

  /**
   * The machine's clock.
   *
   * @param origin when the load begins, by {@link System#nanoTime}
   */
  static Clock startingAt(long origin) {
    return new Clock() {
      @Override
      public long now() {
        return System.nanoTime() - origin;
      }

      @Override
      public void await(long moment) {
        long left = moment - now();
        while (left > 0) {
          if (left > SPIN_NANOS) {
            LockSupport.parkNanos(left - SPIN_NANOS);
          } else {
            Thread.onSpinWait();
          }
          left = moment - now();
        }
      }

      @Override
      public void pause(long waited) {
        if (waited > SPIN_NANOS) {
          LockSupport.parkNanos(NAP_NANOS); // servers that work may need the processor
        } else {
          Thread.onSpinWait();
        }
      }
    };
  }
}
