package io.github.narthex.report;

import io.github.narthex.bench.Accuracy;
import io.github.narthex.bench.BenchResult;
import io.github.narthex.bench.Interval;
import io.github.narthex.bench.Latency;
import io.github.narthex.bench.Measurement;
import io.github.narthex.bench.SpeedUp;
import io.github.narthex.bench.TopAccuracy;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The results of a benchmark as CSV (RFC 4180, but lines end with a line feed). */
public final class BenchCsv {
  static final List<String> HEADER =
      List.of(
          "recipe",
          "batch",
          "threads",
          "device",
          "status",
          "reason",
          "min_ms",
          "mean_ms",
          "p50_ms",
          "p90_ms",
          "p95_ms",
          "p99_ms",
          "max_ms",
          "samples",
          "throughput_per_s",
          "first_inference_ms",
          "load_ms",
          "speedup",
          "speedup_low",
          "speedup_high",
          "max_abs",
          "max_rel",
          "mean_abs",
          "cosine",
          "argmax_agreement",
          "signal_error",
          "inputs",
          "peak_rss_bytes",
          "peak_device_bytes",
          "top1",
          "top5");

  private BenchCsv() {}

  /** A header and one line for each recipe. What is unknown or not finite is empty. */
  public static String of(BenchResult result) {
    return text(Stream.concat(Stream.of(HEADER), result.results().stream().map(BenchCsv::cells)));
  }

  /** The text of these lines. */
  static String text(Stream<List<String>> lines) {
    return lines
        .map(cells -> cells.stream().map(BenchCsv::quote).collect(Collectors.joining(",")) + "\n")
        .collect(Collectors.joining());
  }

  static List<String> cells(Measurement row) {
    List<String> cells = new ArrayList<>();
    cells.add(row.recipe());
    cells.add(Long.toString(row.batch()));
    cells.add(Integer.toString(row.threads()));
    cells.add(row.device());
    cells.add(row.status().toString());
    String reason = row.reason();
    cells.add(reason == null ? "" : reason);
    Latency latency = row.latency();
    cells.add(ms(latency == null ? null : latency.minMs()));
    cells.add(ms(latency == null ? null : latency.meanMs()));
    cells.add(ms(latency == null ? null : latency.p50Ms()));
    cells.add(ms(latency == null ? null : latency.p90Ms()));
    cells.add(ms(latency == null ? null : latency.p95Ms()));
    cells.add(ms(latency == null ? null : latency.p99Ms()));
    cells.add(ms(latency == null ? null : latency.maxMs()));
    cells.add(Long.toString(latency == null ? 0 : latency.samples()));
    cells.add(number(row.throughputPerS()));
    cells.add(ms(row.firstInferenceMs()));
    cells.add(ms(row.loadMs()));
    SpeedUp speedUp = row.speedUp();
    Interval interval = speedUp == null ? null : speedUp.interval();
    cells.add(number(speedUp == null ? null : speedUp.ratio()));
    cells.add(number(interval == null ? null : interval.low()));
    cells.add(number(interval == null ? null : interval.high()));
    Accuracy accuracy = row.accuracy();
    cells.add(number(accuracy == null ? null : accuracy.maxAbs()));
    cells.add(number(accuracy == null ? null : accuracy.maxRel()));
    cells.add(number(accuracy == null ? null : accuracy.meanAbs()));
    cells.add(number(accuracy == null ? null : accuracy.cosine()));
    cells.add(number(accuracy == null ? null : accuracy.argmaxAgreement()));
    cells.add(number(accuracy == null ? null : accuracy.signalError()));
    cells.add(accuracy == null ? "" : Long.toString(accuracy.inputs()));
    cells.add(number(row.peakRssBytes()));
    cells.add(number(row.peakDeviceBytes()));
    TopAccuracy top = accuracy == null ? null : accuracy.top().orElse(null);
    cells.add(number(top == null ? null : top.top1()));
    cells.add(number(top == null ? null : top.top5()));
    return cells;
  }

  private static String ms(@Nullable Double value) {
    return value == null ? "" : Json.ms(value).getAsString();
  }

  static String number(@Nullable Number value) {
    return value == null || !Double.isFinite(value.doubleValue()) ? "" : value.toString();
  }

  private static String quote(String cell) {
    return cell.matches("[^\",\\r\\n]*") ? cell : '"' + cell.replace("\"", "\"\"") + '"';
  }
}
