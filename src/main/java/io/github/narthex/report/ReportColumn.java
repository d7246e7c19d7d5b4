package io.github.narthex.report;

import io.github.narthex.bench.Accuracy;
import io.github.narthex.bench.Latency;
import io.github.narthex.bench.Measurement;
import io.github.narthex.bench.SpeedUp;
import io.github.narthex.bench.TopAccuracy;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The columns that a report's table may have. */
// Its functions have no state.
@SuppressWarnings("ImmutableEnumChecker")
enum ReportColumn {
  NUMBER("#", "", row -> (double) row.number(), value -> Long.toString(Math.round(value))),
  RECIPE("recipe", "", ReportRow::recipe),
  THREADS("threads", "", row -> row.threads().toString()),
  BATCH("batch", "", row -> (double) row.measurement().batch(), v -> Long.toString(Math.round(v))),
  P50("p50", "ms", row -> latency(row, Latency::p50Ms), Figures::ms),
  P90("p90", "ms", row -> latency(row, Latency::p90Ms), Figures::ms),
  P99("p99", "ms", row -> latency(row, Latency::p99Ms), Figures::ms),
  ITEMS("items/s", "", row -> row.measurement().throughputPerS(), Figures::rate),
  FIRST("first", "ms", row -> row.measurement().firstInferenceMs(), Figures::ms),
  SPEED_UP(
      "speed-up",
      "[95 %]",
      ReportColumn::ratio,
      (row, ratio) -> Figures.speedUp(row.measurement().speedUp())),
  ERROR("error", "", row -> accuracy(row, Accuracy::maxRel), Figures::percent),
  AGREEMENT("agrees", "%", row -> accuracy(row, Accuracy::argmaxAgreement), Figures::share),
  TOP1("top-1", "%", row -> top(row, TopAccuracy::top1), Figures::share),
  TOP5("top-5", "%", row -> top(row, TopAccuracy::top5), Figures::share),
  PEAK("peak", "MB", row -> number(row.measurement().peakRssBytes()), ReportColumn::megabytes),
  DEVICE_PEAK(
      "on device",
      "MB",
      row -> number(row.measurement().peakDeviceBytes()),
      ReportColumn::megabytes),
  FILE("file", "MB", row -> number(row.fileBytes()), ReportColumn::megabytes),
  REMARK("outcome", "", ReportRow::remark);

  private final String title;
  private final String unit;
  private final @Nullable Function<ReportRow, @Nullable Double> value;
  private final Function<ReportRow, String> text;

  /** Of texts. */
  ReportColumn(String title, String unit, Function<ReportRow, String> text) {
    this.title = title;
    this.unit = unit;
    this.value = null;
    this.text = text;
  }

  /** Of figures. */
  ReportColumn(
      String title,
      String unit,
      Function<ReportRow, @Nullable Double> value,
      Function<Double, String> format) {
    this(title, unit, value, (row, number) -> format.apply(number));
  }

  /** Of figures that say more than what they are sorted by. */
  ReportColumn(
      String title,
      String unit,
      Function<ReportRow, @Nullable Double> value,
      BiFunction<ReportRow, Double, String> format) {
    this.title = title;
    this.unit = unit;
    this.value = value;
    this.text =
        row -> {
          Double number = value.apply(row);
          return number == null ? "" : format.apply(row, number);
        };
  }

  /** The columns in which one of the rows has something, and which tell rows apart. */
  static List<ReportColumn> of(List<ReportRow> rows) {
    Set<ReportColumn> columns = EnumSet.allOf(ReportColumn.class);
    columns.removeIf(column -> rows.stream().allMatch(row -> column.text(row).isEmpty()));
    for (ReportColumn column : List.of(THREADS, BATCH)) {
      if (rows.stream().map(column::text).distinct().count() < 2) {
        columns.remove(column);
      }
    }
    if (columns.contains(THREADS) || columns.contains(BATCH)) {
      columns.remove(FIRST);
    }
    return List.copyOf(columns);
  }

  String title() {
    return title;
  }

  String unit() {
    return unit;
  }

  boolean isNumber() {
    return value != null;
  }

  /** The cell; empty if nothing is known. */
  String text(ReportRow row) {
    return text.apply(row);
  }

  /** What the cell is sorted by; null if it has no number. */
  @Nullable Double order(ReportRow row) {
    Double number = value == null ? null : value.apply(row);
    return number == null || number.isNaN() ? null : number;
  }

  private static @Nullable Double latency(
      ReportRow row, Function<Latency, @Nullable Double> figure) {
    Latency latency = row.measurement().latency();
    return latency == null ? null : figure.apply(latency);
  }

  /** What is not defined is left out, but an error that is not finite is told. */
  private static @Nullable Double accuracy(ReportRow row, Function<Accuracy, Double> figure) {
    Measurement measurement = row.measurement();
    Accuracy accuracy = measurement.accuracy();
    Double number = accuracy == null ? null : figure.apply(accuracy);
    return number == null || number.isNaN() ? null : number;
  }

  private static @Nullable Double top(ReportRow row, Function<TopAccuracy, Double> figure) {
    return accuracy(row, accuracy -> accuracy.top().map(figure).orElse(Double.NaN));
  }

  private static @Nullable Double ratio(ReportRow row) {
    SpeedUp speedUp = row.measurement().speedUp();
    return speedUp == null ? null : speedUp.ratio();
  }

  private static @Nullable Double number(@Nullable Long value) {
    return value == null ? null : value.doubleValue();
  }

  private static String megabytes(double bytes) {
    return Figures.megabytes(Math.round(bytes));
  }
}
