package io.github.narthex.report;

import com.google.gson.JsonObject;
import io.github.narthex.bench.Stability;
import java.util.Locale;

/** Whether figures are stable, as a line and as JSON. */
final class StabilityText {
  private StabilityText() {}

  /** A line below those of machine and run. */
  static String line(Stability stability) {
    return Wrap.labelled("stability ", text(stability), BenchTable.WIDTH);
  }

  /** The verdict and why. */
  static String text(Stability stability) {
    Double scatter = stability.scatter();
    Double drift = stability.drift();
    String why =
        stability.verdict() == Stability.Verdict.STABLE && scatter != null && drift != null
            ? String.format(
                Locale.ROOT,
                "turns scatter by %.1f %% at most, and drift by %.1f %%",
                100 * scatter,
                100 * Math.abs(drift))
            : String.join("; ", stability.reasons());
    return stability.verdict() + ": " + why;
  }

  static JsonObject json(Stability stability) {
    JsonObject object = new JsonObject();
    object.addProperty("verdict", stability.verdict().toString());
    object.add("reasons", Json.texts(stability.reasons()));
    object.add("scatter", Json.number(stability.scatter()));
    object.add("drift", Json.number(stability.drift()));
    object.add("drift_ci", BenchJson.interval(stability.driftInterval()));
    object.add("taken", Json.number(stability.taken()));
    return object;
  }
}
