package io.github.narthex.report;

import io.github.narthex.bench.Accuracy;
import io.github.narthex.bench.Interval;
import io.github.narthex.bench.SpeedUp;
import io.github.narthex.bench.TopAccuracy;
import io.github.narthex.report.ReportContent.Tile;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The figures that matter most: what is chosen beside the baseline. */
final class ReportTiles {
  private ReportTiles() {}

  static List<Tile> of(ReportRow chosen, @Nullable ReportRow baseline, double maxError) {
    List<Tile> tiles = new ArrayList<>();
    SpeedUp speedUp = chosen.measurement().speedUp();
    if (speedUp != null && !chosen.isBaseline()) {
      String ratio = Figures.speedUp(new SpeedUp(speedUp.ratio(), null));
      tiles.add(new Tile("Speed-up", ratio, "", range(speedUp)));
    }
    add(tiles, "Latency, p50", "ms", chosen, baseline, row -> Figures.ms(row.p50Ms()));
    add(
        tiles,
        "Throughput",
        "items/s",
        chosen,
        baseline,
        row -> Figures.rate(row.measurement().throughputPerS()));
    if (chosen.measurement().accuracy() != null) {
      tiles.add(
          new Tile(
              "Error",
              Figures.percent(chosen.error()),
              "",
              Figures.percent(maxError) + (maxError == 0 ? " is" : " are") + " accepted"));
    }
    add(tiles, "Top-1", "%", chosen, baseline, ReportTiles::top1);
    add(
        tiles,
        "Peak memory",
        "MB",
        chosen,
        baseline,
        row -> Figures.megabytes(row.measurement().peakRssBytes()));
    add(tiles, "Model file", "MB", chosen, baseline, row -> Figures.megabytes(row.fileBytes()));
    return tiles;
  }

  private static String range(SpeedUp speedUp) {
    Interval interval = speedUp.interval();
    return interval == null
        ? "too few rounds to be sure"
        : String.format(Locale.ROOT, "95 %%: %.2f to %.2f", interval.low(), interval.high());
  }

  private static String top1(ReportRow row) {
    Accuracy accuracy = row.measurement().accuracy();
    TopAccuracy top = accuracy == null ? null : accuracy.top().orElse(null);
    return top == null ? Figures.NONE : Figures.share(top.top1());
  }

  private static void add(
      List<Tile> tiles,
      String name,
      String unit,
      ReportRow chosen,
      @Nullable ReportRow baseline,
      Function<ReportRow, String> figure) {
    String value = figure.apply(chosen);
    if (!value.equals(Figures.NONE)) {
      String before =
          baseline == null || chosen.isBaseline() ? Figures.NONE : figure.apply(baseline);
      tiles.add(new Tile(name, value, unit, before.equals(Figures.NONE) ? "" : "was " + before));
    }
  }
}
