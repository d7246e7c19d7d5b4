package io.github.narthex.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Lets a command that is interrupted by Ctrl-C, or asked to end by the system, end its work in
 * order: the JVM stays until what there is so far has been reported. It then ends with the signal's
 * exit code, 130 or 143, whatever the command returns.
 */
final class EarlyEnd implements AutoCloseable {
  /** One call may be under way. Whoever does not want to wait sends another signal: KILL. */
  private static final long PATIENCE_S = 60;

  private final CountDownLatch done = new CountDownLatch(1);
  private final Thread hook;

  private EarlyEnd(Runnable stop) {
    hook =
        new Thread(
            () -> {
              stop.run();
              try {
                boolean _ = done.await(PATIENCE_S, TimeUnit.SECONDS);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "early end");
  }

  /**
   * From now on, until this is closed.
   *
   * @param stop makes the command's work end soon; it is called in another thread
   */
  static EarlyEnd of(Runnable stop) {
    EarlyEnd end = new EarlyEnd(stop);
    Runtime.getRuntime().addShutdownHook(end.hook);
    return end;
  }

  /** The work has ended, and is reported. */
  @Override
  public void close() {
    done.countDown();
    try {
      boolean _ = Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is ending.
    }
  }
}
