package io.github.narthex.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The order of turns in a round. Each candidate's turn stands next to one of the baseline's, before
 * or after it; one turn of the baseline serves two candidates. From round to round candidates
 * rotate, so that none always follows the same other one.
 */
final class TurnOrder {
  /** A turn of the baseline with a neighbour on either side. */
  record Slot<T>(@Nullable T before, @Nullable T after) {}

  private TurnOrder() {}

  /** How many turns the baseline has in a round. */
  static int baselineTurns(int candidates) {
    return Math.max(1, Math.ceilDiv(candidates, 2));
  }

  /** The slots of one round; without candidates it is one turn of the baseline alone. */
  static <T> List<Slot<T>> of(List<T> candidates, int round) {
    if (candidates.isEmpty()) {
      return List.of(new Slot<>(null, null));
    }
    List<T> rotated = new ArrayList<>(candidates);
    Collections.rotate(rotated, -round);
    List<Slot<T>> slots = new ArrayList<>();
    for (int i = 0; i < rotated.size(); i += 2) {
      boolean single = i + 1 == rotated.size();
      T first = rotated.get(i);
      if (!single) {
        slots.add(new Slot<>(first, rotated.get(i + 1)));
      } else if (round % 2 == 0) {
        slots.add(new Slot<>(first, null));
      } else {
        slots.add(new Slot<>(null, first));
      }
    }
    return slots;
  }
}
