package io.github.narthex.report;

import io.github.narthex.report.html.Axis;
import io.github.narthex.report.html.Element;
import io.github.narthex.report.html.Emphasis;
import io.github.narthex.report.html.RowChart;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Where the time of a forward goes, in the baseline and in what is chosen. */
final class OperatorChart {
  private static final int MOST_OPERATORS = 10;
  private static final double PAIR_BAND = 24;

  private final ReportContent content;

  OperatorChart(ReportContent content) {
    this.content = content;
  }

  /** Empty unless both were profiled. */
  Optional<Element> section() {
    Map<String, Double> before = content.baseline().map(ReportRow::operatorMs).orElse(Map.of());
    Map<String, Double> after = content.chosen().map(ReportRow::operatorMs).orElse(Map.of());
    if (before.isEmpty() || after.isEmpty()) {
      return Optional.empty();
    }
    Set<String> all = new LinkedHashSet<>(before.keySet());
    all.addAll(after.keySet());
    List<String> names =
        all.stream()
            .sorted(
                Comparator.comparingDouble(name -> -Math.max(of(before, name), of(after, name))))
            .toList();
    List<String> shown = names.subList(0, Math.min(MOST_OPERATORS, names.size()));
    List<RowChart.Row> lines = new ArrayList<>();
    List<Double> values = new ArrayList<>();
    for (String name : shown) {
      lines.add(line(name, of(before, name), of(after, name), values));
    }
    if (shown.size() < names.size()) {
      List<String> others = names.subList(shown.size(), names.size());
      lines.add(
          line(
              others.size() + " others",
              others.stream().mapToDouble(name -> of(before, name)).sum(),
              others.stream().mapToDouble(name -> of(after, name)).sum(),
              values));
    }
    RowChart chart =
        new RowChart(
            "Time of each operator before and after",
            Axis.fromZero(
                "milliseconds in a forward", values.stream().mapToDouble(Double::doubleValue)),
            null,
            PAIR_BAND,
            lines);
    return Optional.of(
        ReportCharts.section(
            "Where the time goes",
            "Upper bars are eager, lower ones what is chosen: %s ms of a forward become %s ms."
                .formatted(ms(sum(before)), ms(sum(after))),
            chart::draw));
  }

  private static RowChart.Row line(String name, double before, double after, List<Double> values) {
    values.add(before);
    values.add(after);
    String figures = "%s \u2192 %s ms".formatted(ms(before), ms(after));
    return new RowChart.Row(
        name,
        "",
        figures,
        name + ": " + figures,
        Emphasis.PLAIN,
        List.of(
            new RowChart.Bar(before, Emphasis.BASELINE), new RowChart.Bar(after, Emphasis.CHOSEN)));
  }

  private static String ms(double value) {
    return value == 0 ? "0" : String.format(Locale.ROOT, value < 1 ? "%.2f" : "%.1f", value);
  }

  private static double of(Map<String, Double> operators, String name) {
    return operators.getOrDefault(name, 0.0);
  }

  private static double sum(Map<String, Double> operators) {
    return operators.values().stream().mapToDouble(Double::doubleValue).sum();
  }
}
