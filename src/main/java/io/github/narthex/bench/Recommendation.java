package io.github.narthex.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Which recipe to use, and how sure that is.
 *
 * @param recipe the fastest recipe whose answers hold; null if there is none
 * @param sentence one sentence for people
 */
public record Recommendation(@Nullable String recipe, String sentence) {

  /** The recommendation from lanes of which the first is the baseline. */
  static Recommendation of(List<Lane> lanes, long seed) {
    List<Lane> ok = new ArrayList<>();
    for (Lane lane : lanes) {
      if (lane.status() == Status.OK && lane.samples() > 0 && lane.isJudged()) {
        ok.add(lane);
      }
    }
    ok.sort(Comparator.comparingDouble(Recommendation::median));
    if (ok.isEmpty()) {
      return new Recommendation(
          null,
          lanes.getFirst().isJudged()
              ? "No recipe ran with answers that hold."
              : "No recipe can be recommended: %s gave no answers to compare others with."
                  .formatted(lanes.getFirst().recipe()));
    }
    Lane best = ok.getFirst();
    Lane baseline = lanes.getFirst();
    String name = "`" + best.recipe() + "`";
    if (best == baseline) {
      return new Recommendation(
          best.recipe(),
          ok.size() == 1
              ? "Use " + name + ": there is no other recipe whose answers hold."
              : "Use " + name + ": no other recipe whose answers hold is faster.");
    }
    if (best.pairs().isEmpty()) {
      return new Recommendation(
          best.recipe(),
          "Fastest is %s, but %s did not run beside it: nothing can be said about a gain."
              .formatted(name, baseline.recipe()));
    }
    SpeedUp gain = SpeedUp.of(best.pairs(), seed);
    Interval interval = gain.interval();
    String times = times(gain.ratio());
    if (interval == null) {
      return new Recommendation(
          best.recipe(),
          "Fastest is %s, %s as fast as %s, but over too few rounds to be sure."
              .formatted(name, times, baseline.recipe()));
    }
    String range = "%s to %s".formatted(times(interval.low()), times(interval.high()));
    if (interval.contains(1) || gain.ratio() <= 1) {
      return new Recommendation(
          best.recipe(),
          "No recipe is measurably faster than %s: the fastest, %s, is at %s, which noise explains"
                  .formatted(baseline.recipe(), name, range)
              + ".");
    }
    return new Recommendation(
        best.recipe(),
        "Use %s: %s as fast as %s (95 %% sure: %s)%s."
            .formatted(name, times, baseline.recipe(), range, peers(ok, baseline, seed)));
  }

  /** Which others can't be told apart from the fastest. */
  private static String peers(List<Lane> ok, Lane baseline, long seed) {
    Lane best = ok.getFirst();
    List<String> names = new ArrayList<>();
    for (Lane other : ok.subList(1, ok.size())) {
      if (other != baseline && !behind(other, best, seed)) {
        names.add("`" + other.recipe() + "`");
      }
    }
    return names.isEmpty()
        ? ""
        : "; "
            + String.join(", ", names)
            + (names.size() == 1 ? " is" : " are")
            + " as fast within the noise";
  }

  /** Whether {@code other} is slower than {@code best} beyond doubt, round by round. */
  private static boolean behind(Lane other, Lane best, long seed) {
    List<SpeedUp.Round> rounds = new ArrayList<>();
    int count = Math.min(other.turns().size(), best.turns().size());
    for (int i = 0; i < count; i++) {
      rounds.add(new SpeedUp.Round(other.turns().get(i), best.turns().get(i)));
    }
    Interval interval = SpeedUp.of(rounds, seed).interval();
    return interval != null && interval.low() > 1;
  }

  private static double median(Lane lane) {
    return Quantiles.median(lane.turns().stream().flatMapToLong(Arrays::stream).toArray());
  }

  private static String times(double ratio) {
    return String.format(Locale.ROOT, ratio < 10 ? "%.2fx" : "%.1fx", ratio);
  }
}
