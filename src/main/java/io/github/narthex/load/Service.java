package io.github.narthex.load;

/** Answers requests. */
@FunctionalInterface
public interface Service {
  /**
   * Answers one request. What it throws is counted as an error.
   *
   * @param server who answers it, from 0; each is one thread
   * @param request which one, from 0
   */
  void serve(int server, long request);
}
