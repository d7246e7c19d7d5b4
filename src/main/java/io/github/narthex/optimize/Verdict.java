package io.github.narthex.optimize;

import io.github.narthex.bench.Accuracy;
import io.github.narthex.bench.Interval;
import io.github.narthex.bench.Measurement;
import io.github.narthex.internal.text.Numbers;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What to do, and how sure that is.
 *
 * @param board how candidates stand at the end
 */
record Verdict(OptimizeTask task, Board board) {
  private static final double EXACT = 1e-5;
  private static final double BYTES_PER_MB = 1e6;

  /** In one sentence. */
  String sentence() {
    Optional<Entry> chosen = board.chosen();
    if (chosen.isEmpty()) {
      return nothing();
    }
    Entry entry = chosen.get();
    if (entry.equals(board.baseline())) {
      return leaveIt();
    }
    return "Deploy %s: %s, answers %s%s."
        .formatted(entry.candidate(), gain(entry), off(entry.measurement()), peers(entry));
  }

  private String gain(Entry entry) {
    String gain =
        switch (task.goal()) {
          case LATENCY, THROUGHPUT -> sure(entry) + " as fast as eager";
          case MEMORY ->
              "%s of memory instead of %s"
                  .formatted(
                      megabytes(entry.measurement().peakRssBytes()),
                      megabytes(board.baseline().measurement().peakRssBytes()));
          case SIZE ->
              "%s instead of %s"
                  .formatted(megabytes(entry.fileBytes()), megabytes(board.baseline().fileBytes()));
        };
    return task.limits().isEmpty() ? gain : "%s, within %s".formatted(gain, task.limits());
  }

  private String sure(Entry entry) {
    Interval interval = board.interval(entry);
    String times = Numbers.times(board.merit(entry));
    return Double.isInfinite(interval.high())
        ? times + " (over too few rounds to be sure)"
        : "%s (95 %% sure: %s to %s)"
            .formatted(times, Numbers.times(interval.low()), Numbers.times(interval.high()));
  }

  private static String off(Measurement measurement) {
    Accuracy accuracy = measurement.accuracy();
    if (accuracy == null) {
      return "not compared";
    }
    String off =
        accuracy.maxRel() < EXACT
            ? "the same"
            : "off by %s at most".formatted(Numbers.percent(accuracy.maxRel()));
    return accuracy
        .top()
        .map(top -> "%s, %s of them right".formatted(off, Numbers.percent(top.top1())))
        .orElse(off);
  }

  private String peers(Entry entry) {
    List<Entry> peers = board.peers(entry);
    return peers.isEmpty()
        ? ""
        : "; as good within the noise: "
            + peers.stream()
                .map(peer -> peer.candidate().toString())
                .collect(Collectors.joining("; "));
  }

  private String leaveIt() {
    String kept = task.limits().isEmpty() ? "" : " It keeps to %s.".formatted(task.limits());
    List<Entry> ranking = board.ranking();
    if (board.all().size() == 1) {
      return kept.isEmpty()
          ? "Nothing but the model as it is could be measured within the time."
          : "Leave the model as it is." + kept;
    }
    Entry best = ranking.getFirst();
    return best.equals(board.baseline())
        ? "Leave the model as it is: nothing whose answers hold is better." + kept
        : "Leave the model as it is: the best, %s, is at %s, which noise or limits explain.%s"
            .formatted(best.candidate(), sure(best), kept);
  }

  private String nothing() {
    List<Entry> ranking = board.ranking();
    if (ranking.isEmpty()) {
      return "Nothing ran with answers that hold.";
    }
    Entry best = ranking.getFirst();
    return "Nothing that was found keeps to %s. The best is %s: %s."
        .formatted(
            task.limits(),
            best.candidate(),
            task.limits().objection(best.measurement()).orElse("it does"));
  }

  private static String megabytes(@Nullable Long bytes) {
    return bytes == null ? "?" : Numbers.text(bytes / BYTES_PER_MB) + " MB";
  }
}
