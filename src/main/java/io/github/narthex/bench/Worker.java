package io.github.narthex.bench;

import java.time.Duration;

/** A worker, seen from the coordinator. */
interface Worker extends AutoCloseable {
  /**
   * Asks for something and waits for the answer.
   *
   * @throws WorkerFailure if the worker says that it failed, is gone, or does not answer in time;
   *     in the last two cases the worker is of no more use
   */
  Protocol.Reply ask(Protocol.Request request, Duration timeout);

  /** The most memory that the worker had when it last answered. */
  PeakMemory peak();

  /** As {@link #ask(Protocol.Request, Duration)}, for a reply of a known kind. */
  default <T extends Protocol.Reply> T ask(
      Class<T> kind, Protocol.Request request, Duration timeout) {
    return kind.cast(ask(request, timeout));
  }

  /** Ends the worker, whatever it does. */
  @Override
  void close();

  /** Starts workers. */
  interface Factory {
    Duration PREPARE_PATIENCE = Duration.ofMinutes(10);

    /**
     * Starts a worker.
     *
     * @param name what it is for; part of the names of its log files
     */
    Worker start(String name);

    /** Has a worker of its own make once what all others load. */
    default Protocol.Prepared prepare(Protocol.Prepare request) {
      try (Worker helper = start("prepare")) {
        return helper.ask(Protocol.Prepared.class, request, PREPARE_PATIENCE);
      }
    }
  }
}
