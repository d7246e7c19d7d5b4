package io.github.narthex.profile.run;

import io.github.narthex.profile.OperatorTable;
import io.github.narthex.profile.StageTimes;
import io.github.narthex.strategy.Recipe;
import io.github.narthex.strategy.Strategy;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What follows from a profile, by rules. */
final class ProfileAdvice {
  /** Less than this of the time is not worth a word. */
  private static final double NOTABLE = 0.1;

  private static final double THROTTLED = 0.05;

  /** Of all processors; more than this is no longer the model's own time. */
  private static final double OTHERS = 0.1;

  /** Below this, threads wait for each other or for memory more than they work. */
  private static final double IDLE = 0.6;

  /** Operators below this on the average cost about as much to call as to run. */
  private static final double SMALL_MICROS = 5;

  private static final double NANOS_PER_MICRO = 1e3;

  private ProfileAdvice() {}

  static List<String> of(ProfileResult result) {
    List<String> advice = new ArrayList<>();
    stages(result, advice);
    Recipe recipe = Recipe.parse(result.task().recipe());
    result
        .deviceSplit()
        .ifPresentOrElse(
            split -> advice.addAll(DeviceAdvice.of(split, recipe, result.deviceUse())),
            () -> operators(result, advice));
    processors(result, advice);
    return advice;
  }

  private static void stages(ProfileResult result, List<String> advice) {
    for (StageTimes.Share share : result.stages()) {
      if (share.share() < NOTABLE) {
        continue;
      }
      String text =
          switch (share.stage()) {
            case DECODE ->
                "samples are read while the model waits: read them on another thread, or keep"
                    + " them in memory";
            case PREPROCESS -> "do it on another thread, or make it part of the model";
            case COPY_IN ->
                "write inputs where the session reads them (Tensor.segment of a bound input)"
                    + " instead of copying them there";
            case COPY_OUT -> "read outputs in place (Tensor.segment) instead of copying them";
            case POSTPROCESS -> "do it on another thread";
            case FORWARD -> "";
          };
      if (!text.isEmpty()) {
        advice.add("%s is %s of a request: %s".formatted(share.stage(), percent(share), text));
      }
    }
  }

  private static String percent(StageTimes.Share share) {
    return percent(share.share());
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.0f %%", 100 * share);
  }

  private static void operators(ProfileResult result, List<String> advice) {
    OperatorTable table = result.profile().operators();
    double all = Math.max(1, table.selfNanos());
    Recipe recipe = Recipe.parse(result.task().recipe());
    double reorders =
        share(table, all, "aten::contiguous", "aten::copy_", "aten::clone", "to_mkldnn");
    if (reorders > NOTABLE) {
      advice.add(
          "copies and changes of layout are %s of the operators' time: %s"
              .formatted(
                  percent(reorders),
                  recipe.has(Strategy.CHANNELS_LAST)
                      ? "try the recipe without channels-last"
                      : "for a model of convolutions, try channels-last; for another,"
                          + " onednn-graph"));
    }
    double norm = share(table, all, "batch_norm");
    if (norm > NOTABLE) {
      advice.add(
          "batch normalisation is %s of the operators' time: freeze or fold-batch-norm makes it"
                  .formatted(percent(norm))
              + " part of the convolutions");
    }
    long calls = table.rows().stream().mapToLong(OperatorTable.Row::calls).sum();
    double meanMicros = calls == 0 ? 0 : all / calls / NANOS_PER_MICRO;
    if (calls > 0 && meanMicros < SMALL_MICROS) {
      advice.add(
          String.format(
              Locale.ROOT,
              "a call of an operator takes %.1f microseconds on the average, much of it for the"
                  + " call itself: onednn-graph makes fewer of them, and one thread waits less",
              meanMicros));
    }
  }

  private static double share(OperatorTable table, double all, String... names) {
    double sum = 0;
    for (OperatorTable.Row row : table.rows()) {
      for (String name : names) {
        if (row.name().contains(name)) {
          sum += row.selfNanos();
          break;
        }
      }
    }
    return sum / all;
  }

  private static void processors(ProfileResult result, List<String> advice) {
    Utilisation use = result.utilisation();
    if (use.throttledShare() > THROTTLED) {
      advice.add(
          "a quota of processors held the process back for %s of the time: fewer threads"
              .formatted(percent(use.throttledShare())));
    }
    double others = use.busy().stream().mapToDouble(Double::doubleValue).sum() - use.processors();
    if (others > OTHERS * use.busy().size()) {
      advice.add(
          String.format(
              Locale.ROOT,
              "other processes kept %.1f processors busy: measure again without them",
              others));
      return;
    }
    int threads = result.task().threads();
    if (threads > 1
        && result.deviceSplit().isEmpty()
        && use.processors() < IDLE * threads
        && use.processors() > 0) {
      advice.add(
          String.format(
              Locale.ROOT,
              "of %d threads %.1f were busy: calls side by side on one thread each answer more a"
                  + " second",
              threads,
              use.processors()));
    }
  }
}
