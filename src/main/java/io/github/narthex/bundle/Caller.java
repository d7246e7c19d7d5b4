package io.github.narthex.bundle;

import io.github.narthex.Model;
import io.github.narthex.Value;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.concurrent.Semaphore;

/** Answers requests. */
@FunctionalInterface
interface Caller {
  /** Calls forward. */
  Value call(Arena results, List<Value> inputs);

  /**
   * Each request by itself, in the order in which they come.
   *
   * @param instances a permit for each call that may run at the same time
   */
  static Caller oneByOne(Model model, Semaphore instances) {
    return (results, inputs) -> {
      instances.acquireUninterruptibly();
      try {
        return model.call(results, "forward", inputs);
      } finally {
        instances.release();
      }
    };
  }
}
