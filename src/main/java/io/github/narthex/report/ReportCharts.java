package io.github.narthex.report;

import io.github.narthex.bench.Accuracy;
import io.github.narthex.bench.Interval;
import io.github.narthex.bench.Latency;
import io.github.narthex.bench.SpeedUp;
import io.github.narthex.report.html.Axis;
import io.github.narthex.report.html.Element;
import io.github.narthex.report.html.Emphasis;
import io.github.narthex.report.html.RowChart;
import io.github.narthex.report.html.ScatterChart;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;

/** The charts of a report. What nothing is known of is left out. */
final class ReportCharts {
  private static final double WIDE = 900;
  private static final double NARROW = 340;

  /** More rows than these make a chart that nobody reads. */
  private static final int MOST_ROWS = 16;

  private static final double POINT_BAND = 20;
  private static final double SHAPE_BAND = 30;
  private static final double BAR_BAND = 16;
  private static final double BYTES_PER_MB = 1e6;

  /** Errors below this are noise of the last digits. */
  private static final double LEAST_ERROR_PERCENT = 1e-4;

  private final ReportContent content;

  /** Those that charts show: the fastest first, and last those that can not be used. */
  private final List<ReportRow> rows;

  ReportCharts(ReportContent content) {
    this.content = content;
    this.rows = selected(content.rows());
  }

  private static List<ReportRow> selected(List<ReportRow> all) {
    Comparator<ReportRow> bySpeed = Comparator.comparingDouble(ReportRow::p50Ms);
    Comparator<ReportRow> byWeight =
        Comparator.comparing((ReportRow row) -> !row.isChosen())
            .thenComparing(row -> !row.isBaseline())
            .thenComparing(row -> !row.isFront())
            .thenComparing(bySpeed);
    return all.stream()
        .filter(ReportRow::isMeasured)
        .sorted(byWeight)
        .limit(MOST_ROWS)
        .sorted(
            Comparator.comparing((ReportRow row) -> row.emphasis() == Emphasis.BAD)
                .thenComparing(bySpeed))
        .toList();
  }

  List<Element> sections() {
    List<Element> sections = new ArrayList<>();
    speedUps().ifPresent(sections::add);
    latencies().ifPresent(sections::add);
    throughput().ifPresent(sections::add);
    errors().ifPresent(sections::add);
    new OperatorChart(content).section().ifPresent(sections::add);
    sizes().ifPresent(sections::add);
    return sections;
  }

  /** A section with a figure, drawn for wide pages and again for narrow ones. */
  static Element section(
      String title, String caption, BiFunction<Double, Boolean, Element> drawing) {
    return ReportPage.section(title).add(figure(caption, drawing));
  }

  private static Element figure(String caption, BiFunction<Double, Boolean, Element> drawing) {
    return Element.of("figure")
        .add(
            Element.of("figcaption", caption),
            drawing.apply(WIDE, false),
            drawing.apply(NARROW, true));
  }

  /** Says where rows are missing, and what their names leave out. */
  private String ofAll() {
    long all = content.rows().stream().filter(ReportRow::isMeasured).count();
    String text = usual().isEmpty() ? "" : " With " + usual() + " where nothing else is said.";
    return rows.size() == all
        ? text
        : text
            + " %d of the %d rows that were measured; the table has all of them."
                .formatted(rows.size(), all);
  }

  /** What most rows have in common with the baseline need not be said of each. */
  private String usual() {
    return content.baseline().map(ReportRow::detail).orElse("");
  }

  private String detail(ReportRow row) {
    return row.detail().equals(usual()) ? "" : row.detail();
  }

  private Optional<Element> speedUps() {
    List<RowChart.Row> lines = new ArrayList<>();
    List<Double> values = new ArrayList<>(List.of(1.0));
    for (ReportRow row : rows) {
      SpeedUp speedUp = row.measurement().speedUp();
      if (speedUp == null || !Double.isFinite(speedUp.ratio()) || isPointless(row, speedUp)) {
        continue;
      }
      List<RowChart.Mark> marks = new ArrayList<>();
      Interval interval = speedUp.interval();
      if (interval != null) {
        marks.add(new RowChart.Span(interval.low(), interval.high()));
        values.add(interval.low());
        values.add(interval.high());
      }
      values.add(speedUp.ratio());
      marks.add(new RowChart.Dot(speedUp.ratio()));
      lines.add(line(row, Figures.speedUp(speedUp), marks));
    }
    if (lines.isEmpty()) {
      return Optional.empty();
    }
    RowChart chart =
        new RowChart(
            "How many times as fast each row is, with its 95 % confidence interval",
            Axis.of("times as fast as " + content.speedUpOf(), stream(values)),
            new RowChart.Rule(1, "as fast"),
            POINT_BAND,
            lines);
    return Optional.of(
        section(
            "How much faster, and how sure",
            "Dots are ratios of medians in paired turns, bars their 95 % confidence intervals. A"
                + " bar that crosses the line is within the noise."
                + ofAll(),
            chart::draw));
  }

  /** The baseline is as fast as itself. */
  private static boolean isPointless(ReportRow row, SpeedUp speedUp) {
    return row.isBaseline() && speedUp.interval() == null;
  }

  private Optional<Element> latencies() {
    List<RowChart.Row> lines = new ArrayList<>();
    List<Double> values = new ArrayList<>();
    long batch = content.chosen().or(content::baseline).map(ReportCharts::batch).orElse(0L);
    for (ReportRow row : rows) {
      Latency latency = row.measurement().latency();
      if (latency == null || batch(row) != batch) {
        continue;
      }
      List<RowChart.Mark> marks = new ArrayList<>();
      if (latency.curveMs().isEmpty()) {
        marks.add(new RowChart.Dot(latency.p50Ms()));
        values.add(latency.p50Ms());
      } else {
        // The slowest one in a hundred may be anywhere, and would squeeze the others together.
        List<Double> most = latency.curveMs().subList(0, latency.curveMs().size() - 1);
        marks.add(new RowChart.Shape(most));
        values.add(most.getFirst());
        values.add(most.getLast());
      }
      lines.add(line(row, Figures.ms(latency.p50Ms()) + " ms", row.tooltip(), marks));
    }
    if (lines.isEmpty()) {
      return Optional.empty();
    }
    RowChart chart =
        new RowChart(
            "The distribution of each row's latencies",
            Axis.of("milliseconds a forward", stream(values)),
            null,
            SHAPE_BAND,
            lines);
    return Optional.of(
        section(
            "Latency distributions",
            "A body is as thick as forwards are many, from the fastest to the 99 % quantile; the"
                + " dark bar is the middle half, the gap in it and the figure are the median."
                + (lines.size() < rows.size() ? " Only rows of batch " + batch + "." : "")
                + ofAll(),
            chart::draw));
  }

  private static long batch(ReportRow row) {
    return row.measurement().batch();
  }

  private Optional<Element> throughput() {
    List<ReportRow> measured =
        content.rows().stream().filter(row -> row.isMeasured() && row.itemsPerS() > 0).toList();
    if (measured.size() < 2) {
      return Optional.empty();
    }
    List<ScatterChart.Point> points = new ArrayList<>();
    List<ScatterChart.Point> front = new ArrayList<>();
    Optional<ReportRow> baseline = content.baseline();
    for (ReportRow row : measured) {
      boolean isFront = row.holds() && measured.stream().noneMatch(other -> beats(other, row));
      boolean matters = isFront || row.isChosen() || baseline.filter(row::equals).isPresent();
      ScatterChart.Point point =
          new ScatterChart.Point(
              row.p50Ms(),
              row.itemsPerS(),
              row.recipe(),
              detail(row),
              row.tooltip(),
              row.emphasis(),
              matters);
      points.add(point);
      if (isFront) {
        front.add(point);
      }
    }
    ScatterChart chart =
        new ScatterChart(
            "Throughput of each row against its latency",
            Axis.of("p50, milliseconds a forward", measured.stream().mapToDouble(ReportRow::p50Ms)),
            Axis.of("items a second", measured.stream().mapToDouble(ReportRow::itemsPerS)),
            points,
            new ScatterChart.Front(front.size() > 1 ? front : List.of()));
    return Optional.of(
        section(
            "Latency against throughput",
            "Up and to the left is better. The line is the Pareto front: no row whose answers hold"
                + " is better than its points in one and as good in the other. Diamonds are rows"
                + " whose answers are too far off."
                + (usual().isEmpty() ? "" : " With " + usual() + " where nothing else is said."),
            chart::draw));
  }

  private static boolean beats(ReportRow one, ReportRow other) {
    return one.holds()
        && one.p50Ms() <= other.p50Ms()
        && one.itemsPerS() >= other.itemsPerS()
        && (one.p50Ms() < other.p50Ms() || one.itemsPerS() > other.itemsPerS());
  }

  private Optional<Element> errors() {
    List<RowChart.Row> lines = new ArrayList<>();
    List<Double> values = new ArrayList<>(List.of(LEAST_ERROR_PERCENT));
    double budget = 100 * content.maxError();
    values.add(Math.max(budget, LEAST_ERROR_PERCENT));
    for (ReportRow row : rows) {
      Accuracy accuracy = row.measurement().accuracy();
      if (accuracy == null || row.isBaseline()) {
        continue;
      }
      double percent = 100 * accuracy.maxRel();
      List<RowChart.Mark> marks = List.of();
      if (Double.isFinite(percent)) {
        double shown = Math.max(percent, LEAST_ERROR_PERCENT);
        values.add(shown);
        marks = List.of(new RowChart.Dot(shown));
      }
      lines.add(line(row, answers(accuracy), marks));
    }
    if (lines.isEmpty()) {
      return Optional.empty();
    }
    RowChart chart =
        new RowChart(
            "The error of each row beside the largest that is accepted",
            Axis.of("largest error, % of the largest value", stream(values)),
            new RowChart.Rule(budget, "accepted: " + Figures.percent(content.maxError())),
            POINT_BAND,
            lines);
    Double agreement = content.minAgreement();
    return Optional.of(
        section(
            "Accuracy",
            "The largest difference from the answers of eager, over "
                + content.comparedOver()
                + "; the left edge is 0.0001 % or less"
                + (agreement == null
                    ? "."
                    : ", and at least " + Figures.percent(agreement) + " have to agree.")
                + ofAll(),
            chart::draw));
  }

  /** Error, and of agreement and top-1 what is known. */
  private static String answers(Accuracy accuracy) {
    if (accuracy.mismatch().isPresent()) {
      return "not comparable";
    }
    StringBuilder text = new StringBuilder(Figures.percent(accuracy.maxRel()));
    accuracy
        .top()
        .ifPresentOrElse(
            top -> text.append(", top-1 ").append(Figures.share(top.top1())).append(" %"),
            () -> {
              if (Double.isFinite(accuracy.argmaxAgreement())) {
                text.append(", ").append(Figures.share(accuracy.argmaxAgreement()));
                text.append(" % agree");
              }
            });
    return text.toString();
  }

  private Optional<Element> sizes() {
    Optional<RowChart> memory =
        bars(
            "Peak memory of each row",
            "peak memory of the process, MB",
            row -> megabytes(row.measurement().peakRssBytes()));
    Optional<RowChart> files =
        bars("Size of each row's model file", "model file, MB", row -> megabytes(row.fileBytes()));
    if (memory.isEmpty()) {
      return Optional.empty();
    }
    String caption = "The most memory that each row's process had, the JVM and libtorch included.";
    Element section = section("Memory", caption + ofAll(), memory.get()::draw);
    if (files.isPresent()) {
      section =
          section("Memory and file size", caption + ofAll(), memory.get()::draw)
              .add(figure("The model's file with the recipe applied.", files.get()::draw));
    }
    return Optional.of(section);
  }

  private static double megabytes(@Nullable Long bytes) {
    return bytes == null ? Double.NaN : bytes / BYTES_PER_MB;
  }

  private Optional<RowChart> bars(
      String description, String title, ToDoubleFunction<ReportRow> megabytes) {
    List<RowChart.Row> lines = new ArrayList<>();
    List<Double> values = new ArrayList<>();
    for (ReportRow row : rows) {
      double value = megabytes.applyAsDouble(row);
      if (Double.isFinite(value)) {
        values.add(value);
        lines.add(
            line(row, Math.round(value) + " MB", List.of(new RowChart.Bar(value, row.emphasis()))));
      }
    }
    return lines.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new RowChart(description, Axis.fromZero(title, stream(values)), null, BAR_BAND, lines));
  }

  private RowChart.Row line(ReportRow row, String value, List<RowChart.Mark> marks) {
    return line(row, value, row.number() + ". " + row.label(), marks);
  }

  private RowChart.Row line(
      ReportRow row, String value, String tooltip, List<RowChart.Mark> marks) {
    return new RowChart.Row(row.recipe(), detail(row), value, tooltip, row.emphasis(), marks);
  }

  private static DoubleStream stream(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue);
  }
}
