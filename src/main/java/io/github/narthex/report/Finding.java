package io.github.narthex.report;

import io.github.narthex.bench.BenchTask;
import io.github.narthex.bench.Interval;
import io.github.narthex.bench.Measurement;
import io.github.narthex.bench.SpeedUp;
import io.github.narthex.bench.Status;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What became of a claim on a machine.
 *
 * @param measured how many times as fast, or as small; null if that was not measured
 * @param recipe by which recipe
 * @param reason why it differs or was not measured, in one sentence; null if it holds
 */
public record Finding(
    Claim claim,
    Verdict verdict,
    @Nullable SpeedUp measured,
    @Nullable String recipe,
    @Nullable String reason) {
  /** The parameters of ResNet-50, by which a file of it is known too. */
  private static final long RESNET50_PARAMETERS = 25_557_032;

  /** Whether a promise is kept. */
  public enum Verdict {
    /** What was measured is within what was promised, or so near that noise explains the rest. */
    HOLDS("holds"),
    /** Less was measured. */
    LESS("differs: less"),
    /** More was measured. */
    MORE("differs: more"),
    /** It is fast, but its answers are too far off. */
    INACCURATE("differs: inaccurate"),
    /** It was not, or could not be measured. */
    NOT_MEASURED("not measured");

    private final String text;

    Verdict(String text) {
      this.text = text;
    }

    /** As it stands in files, for example {@code not-measured}. */
    String word() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** As it stands in the table. */
    @Override
    public String toString() {
      return text;
    }
  }

  /** Compares a claim with what was measured. */
  static Finding of(Claim claim, Here here) {
    if (claim.model() == Claim.Scope.RESNET50
        && here.result().model().parameters() != RESNET50_PARAMETERS) {
      return missing(
          claim, "it is a figure of ResNet-50, and this is " + here.result().model().name());
    }
    return switch (claim.evidence()) {
      case Claim.Speed speed -> ofSpeed(claim, speed, here);
      case Claim.Fastest _ ->
          here.fastest()
              .map(row -> measured(claim, row, null, here))
              .orElseGet(() -> missing(claim, "no recipe ran with answers that hold"));
      case Claim.Size _ -> ofSize(claim, here);
      case Claim.Nothing _ -> missing(claim, claim.reasons().of(here, Verdict.NOT_MEASURED));
    };
  }

  private static Finding ofSpeed(Claim claim, Claim.Speed speed, Here here) {
    Measurement than = null;
    if (!speed.than().equals(BenchTask.BASELINE)) {
      List<Measurement> others = here.timed(List.of(speed.than()));
      if (others.isEmpty()) {
        return missing(claim, whyNot(speed.than(), here));
      }
      than = others.getFirst();
    }
    List<Measurement> rows = here.timed(speed.recipes());
    if (rows.isEmpty()) {
      return missing(claim, whyNot(speed.recipes().getFirst(), here));
    }
    Measurement fastest = rows.getFirst();
    Optional<Measurement> right =
        rows.stream().filter(row -> row.status() == Status.OK).findFirst();
    Finding finding = measured(claim, right.orElse(fastest), than, here);
    if (finding.verdict() != Verdict.LESS || fastest.status() != Status.INACCURATE) {
      return finding;
    }
    return wrong(
        claim,
        fastest,
        than,
        "%s; %s, whose answers hold, is at %s"
            .formatted(fastest.reason(), finding.recipe(), Figures.speedUp(finding.measured())));
  }

  private static Finding ofSize(Claim claim, Here here) {
    Here.Sizes sizes = here.sizes();
    if (sizes == null || sizes.ratio().isEmpty()) {
      return missing(claim, whyNot(Claim.INT8.getFirst(), here));
    }
    SpeedUp ratio = new SpeedUp(sizes.ratio().getAsDouble(), null);
    Verdict verdict = verdict(claim.promise(), ratio);
    return new Finding(claim, verdict, ratio, sizes.recipe(), reason(claim, verdict, ratio, here));
  }

  private static Finding measured(
      Claim claim, Measurement row, @Nullable Measurement than, Here here) {
    SpeedUp times = times(row, than);
    if (row.status() == Status.INACCURATE) {
      return wrong(claim, row, than, row.reason());
    }
    Verdict verdict = verdict(claim.promise(), times);
    return new Finding(claim, verdict, times, row.recipe(), reason(claim, verdict, times, here));
  }

  private static Finding wrong(
      Claim claim, Measurement row, @Nullable Measurement than, @Nullable String reason) {
    return new Finding(claim, Verdict.INACCURATE, times(row, than), row.recipe(), reason);
  }

  private static @Nullable String reason(Claim claim, Verdict verdict, SpeedUp times, Here here) {
    if (verdict != Verdict.HOLDS) {
      return claim.reasons().of(here, verdict);
    }
    double ratio = times.ratio();
    return ratio < claim.promise().low() || ratio > claim.promise().high()
        ? "within the noise"
        : null;
  }

  private static Finding missing(Claim claim, String reason) {
    return new Finding(claim, Verdict.NOT_MEASURED, null, null, reason);
  }

  /** A figure differs where all of its confidence interval does. */
  static Verdict verdict(Claim.Promise promise, SpeedUp times) {
    Interval interval = times.interval();
    double low = interval == null ? times.ratio() : interval.low();
    double high = interval == null ? times.ratio() : interval.high();
    return high < promise.low()
        ? Verdict.LESS
        : low > promise.high() ? Verdict.MORE : Verdict.HOLDS;
  }

  /**
   * How many times as fast a row is as another; as the baseline, if there is no other. Of two rows
   * that were both measured beside the baseline, the interval is the widest that theirs allow.
   */
  private static SpeedUp times(Measurement row, @Nullable Measurement than) {
    SpeedUp one = known(row);
    if (than == null) {
      return row.recipe().equals(BenchTask.BASELINE) ? new SpeedUp(1, null) : one;
    }
    SpeedUp other = known(than);
    Interval mine = one.interval();
    Interval its = other.interval();
    return new SpeedUp(
        one.ratio() / other.ratio(),
        mine == null || its == null
            ? null
            : new Interval(mine.low() / its.high(), mine.high() / its.low()));
  }

  private static SpeedUp known(Measurement row) {
    SpeedUp speedUp = row.speedUp();
    if (speedUp == null) {
      throw new IllegalStateException("not timed: " + row.recipe());
    }
    return row.recipe().equals(BenchTask.BASELINE)
        ? new SpeedUp(1, new Interval(1, 1)) // of itself, which is no measurement
        : speedUp;
  }

  private static String whyNot(String recipe, Here here) {
    return here.row(recipe)
        .map(
            row -> {
              String reason = row.reason();
              return "%s: %s"
                  .formatted(
                      recipe,
                      row.latency() != null
                          ? "there is no speed-up, since eager did not run beside it"
                          : row.status() + (reason == null ? "" : ", " + reason));
            })
        .orElse(recipe + " was not run");
  }
}
