package io.github.narthex.strategy;

import io.github.narthex.Model;
import io.github.narthex.Session;
import io.github.narthex.io.Samples;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;

/** Which of two models is faster, by turns side by side. */
final class Race {
  private static final int WARM_UP = 3;
  private static final int ROUNDS = 7;
  private static final long TURN_NANOS = 30_000_000;

  /** What is so much slower in the first round will not catch up. */
  private static final double HOPELESS = 0.7;

  private Race() {}

  /**
   * A model that is warm.
   *
   * @param nanos what a forward took last
   */
  record Runner(Session session, long nanos) {}

  /** Binds the first sample, and warms up. */
  static Runner runner(Arena arena, Model model, Samples samples) {
    Session session = Session.open(arena, model, "forward", List.of(), samples.sample(arena, 0));
    long nanos = 0;
    for (int i = 0; i < WARM_UP; i++) {
      nanos = turn(session, 1);
    }
    return new Runner(session, nanos);
  }

  /** How many times as fast as the first the second one is. */
  static double speedUp(Runner first, Runner second) {
    int forwards = forwards(Math.max(first.nanos(), second.nanos()));
    double[] ratios = new double[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      boolean turned = round % 2 == 1;
      long a = turn((turned ? second : first).session(), forwards);
      long b = turn((turned ? first : second).session(), forwards);
      ratios[round] = turned ? (double) b / a : (double) a / b;
      if (ratios[0] < HOPELESS) {
        return ratios[0];
      }
    }
    Arrays.sort(ratios);
    return ratios[ROUNDS / 2];
  }

  private static int forwards(long nanos) {
    return (int) Math.max(1, TURN_NANOS / Math.max(1, nanos));
  }

  private static long turn(Session session, int forwards) {
    long start = System.nanoTime();
    for (int i = 0; i < forwards; i++) {
      session.run();
    }
    return System.nanoTime() - start;
  }
}
