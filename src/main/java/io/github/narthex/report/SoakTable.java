package io.github.narthex.report;

import io.github.narthex.HandleSite;
import io.github.narthex.bench.Stability;
import io.github.narthex.soak.Growth;
import io.github.narthex.soak.Metric;
import io.github.narthex.soak.SoakResult;
import io.github.narthex.soak.SoakSetting;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What came of a soak as text for a terminal. */
public final class SoakTable {
  private static final List<String> HEADER =
      List.of("", "begin", "end", "slope", "", "95 % interval", "limit", "");

  private static final int UNIT_COLUMN = 4;
  private static final int FINDING_COLUMN = 7;
  private static final double S_PER_MIN = 60;

  private SoakTable() {}

  /**
   * The whole text, with a line end.
   *
   * @param sites where live objects were made, if handles grow and that is known
   */
  public static String of(SoakSetting setting, SoakResult result, List<HandleSite> sites) {
    List<String> lines = new ArrayList<>();
    lines.add(Wrap.labelled("", title(setting, result), BenchTable.WIDTH));
    lines.add("");
    lines.addAll(table(result));
    lines.add("");
    lines.addAll(BenchTable.environment(setting.environment(), run(setting, result)));
    Wrap.addNotes(lines, notes(result), BenchTable.WIDTH);
    if (!sites.isEmpty()) {
      lines.add("");
      lines.add("live handles by where they were made:");
      sites.forEach(site -> lines.add("  " + site.toString().replace("\n", "\n  ")));
    }
    lines.add("");
    lines.add(Wrap.labelled("", SoakVerdict.sentence(result), BenchTable.WIDTH));
    return String.join("\n", lines) + "\n";
  }

  private static String title(SoakSetting setting, SoakResult result) {
    int callers = result.plan().callers();
    return "%s%s, %s %s, %s, %s, %d thread%s a call"
        .formatted(
            setting.model(),
            setting.packageOptions().isEmpty()
                ? ""
                : " (" + String.join(", ", setting.packageOptions()) + ")",
            setting.inputs().size() == 1 ? "input" : "inputs",
            String.join(" ", setting.inputs()),
            setting.recipe(),
            callers == 1 ? "1 caller" : callers + " callers",
            setting.threads(),
            setting.threads() == 1 ? "" : "s");
  }

  private static List<String> table(SoakResult result) {
    TextTable table = new TextTable(BenchTable.WIDTH, HEADER, List.of(UNIT_COLUMN, FINDING_COLUMN));
    for (Growth growth : result.growths()) {
      Metric metric = growth.metric();
      table.row(
          List.of(
              SoakFigures.name(metric),
              SoakFigures.value(metric, growth.first()),
              SoakFigures.value(metric, growth.last()),
              SoakFigures.slope(growth),
              growth.slope() == null ? "" : SoakFigures.unit(metric),
              SoakFigures.interval(growth),
              SoakFigures.limit(growth),
              SoakVerdict.word(growth)));
    }
    return table.lines();
  }

  private static String run(SoakSetting setting, SoakResult result) {
    double minutes = result.seconds() / S_PER_MIN;
    return String.format(
        Locale.ROOT,
        "%s; %s calls in %.1f min, %s/s; %d windows, of which the first %d are the warm-up and are"
            + " not judged",
        setting.environment().time(),
        Figures.count(result.latency().count()),
        minutes,
        Figures.rate(result.latency().count() / result.seconds()),
        result.samples().size(),
        result.warmUp());
  }

  private static List<String> notes(SoakResult result) {
    List<String> notes = new ArrayList<>();
    if (result.isInterrupted()) {
      notes.add("interrupted before its time; this is what there is so far.");
    }
    if (result.errors() > 0) {
      notes.add(
          "%s calls failed, the first with: %s"
              .formatted(Figures.count(result.errors()), result.firstError()));
    }
    if (result.othersShare() > Stability.OTHERS_LIMIT) {
      notes.add(
          "others took %s %% of the processors' time: latency holds that too."
              .formatted(Figures.share(result.othersShare())));
    }
    return notes;
  }
}
