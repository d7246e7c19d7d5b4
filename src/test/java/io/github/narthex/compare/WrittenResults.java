package io.github.narthex.compare;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

/** Makes documents like those of bench, of a machine that is as noisy as it is told to be. */
public final class WrittenResults {
  private static final int TURNS = 12;
  private static final int FORWARDS = 60;

  private final Random random;
  private final JsonObject document;
  private double noise = 0.01;
  private boolean hasSamples = true;

  private WrittenResults(long seed) {
    random = new Random(seed);
    document =
        JsonParser.parseString(
                """
                {"schema": "narthex.bench/1",
                 "environment": {"time": "2026-11-21T02:00:00Z", "narthex": "0.1.0",
                   "libtorch": "2.15.0", "jvm": "J", "os": "O", "cpu": "Some CPU", "isa": ["avx2"],
                   "processors": 2, "cores": 2, "available_processors": 2, "cpu_quota": null},
                 "model": {"name": "m", "parameters": 7},
                 "workload": {"inputs": ["1x3"], "seed": 0, "iterations": null},
                 "stability": {"verdict": "stable", "reasons": []},
                 "results": []}
                """)
            .getAsJsonObject();
  }

  /** A document without rows. */
  public static WrittenResults of(long seed) {
    return new WrittenResults(seed);
  }

  /** How much turns scatter from now on, as a fraction. */
  public WrittenResults noise(double fraction) {
    noise = fraction;
    return this;
  }

  /** Without the time of each forward from now on. */
  public WrittenResults withoutSamples() {
    hasSamples = false;
    return this;
  }

  /** The document, to be changed. */
  public JsonObject document() {
    return document;
  }

  /** The latest row, to be changed. */
  public JsonObject row() {
    JsonArray rows = document.getAsJsonArray("results");
    return rows.get(rows.size() - 1).getAsJsonObject();
  }

  /** A row that was measured, with one batch and two threads. */
  public WrittenResults row(String recipe, double ms) {
    return row(recipe, 1, 2, ms);
  }

  /** A row that was measured. */
  public WrittenResults row(String recipe, long batch, int threads, double ms) {
    JsonArray turns = new JsonArray();
    JsonArray samples = new JsonArray();
    double[] all = new double[TURNS * FORWARDS];
    for (int i = 0; i < TURNS; i++) {
      double level = ms * (1 + noise * random.nextGaussian());
      double[] turn = new double[FORWARDS];
      JsonArray times = new JsonArray();
      for (int j = 0; j < FORWARDS; j++) {
        turn[j] = level * (1 + 0.02 * Math.abs(random.nextGaussian()));
        times.add(turn[j]);
        all[i * FORWARDS + j] = turn[j];
      }
      samples.add(times);
      JsonObject summary = new JsonObject();
      summary.addProperty("samples", FORWARDS);
      summary.addProperty("mean", Arrays.stream(turn).average().orElseThrow());
      Arrays.sort(turn);
      summary.addProperty("p50", turn[FORWARDS / 2]);
      summary.add("p99", JsonNull.INSTANCE);
      turns.add(summary);
    }
    double mean = Arrays.stream(all).average().orElseThrow();
    Arrays.sort(all);
    JsonObject row = row(recipe, batch, threads);
    row.addProperty("status", "ok");
    JsonObject latency = row.getAsJsonObject("latency_ms");
    latency.addProperty("p50", all[all.length / 2]);
    latency.addProperty("p99", all[(int) (0.99 * all.length)]);
    row.addProperty("samples", all.length);
    row.addProperty("throughput_per_s", batch * 1000 / mean);
    row.addProperty("first_inference_ms", 3 * ms);
    row.addProperty("load_ms", 412.3);
    row.addProperty("peak_rss_bytes", 400_000_000L);
    row.getAsJsonObject("accuracy").addProperty("max_rel", recipe.equals("eager") ? 0 : 0.01);
    row.add("turns", turns);
    row.add("samples_ms", hasSamples ? samples : JsonNull.INSTANCE);
    return this;
  }

  /** A row that was not measured. */
  public WrittenResults fallen(String recipe, String status, String reason) {
    JsonObject row = row(recipe, 1, 2);
    row.addProperty("status", status);
    row.addProperty("reason", reason);
    return this;
  }

  private JsonObject row(String recipe, long batch, int threads) {
    JsonObject row = new JsonObject();
    row.addProperty("recipe", recipe);
    row.addProperty("batch", batch);
    row.addProperty("threads", threads);
    row.addProperty("device", "cpu");
    row.add("latency_ms", new JsonObject());
    row.add("accuracy", new JsonObject());
    document.getAsJsonArray("results").add(row);
    return row;
  }

  /** Writes the document, and returns the file's name. */
  public String write(Path file) {
    return write(file, document.toString());
  }

  /** Writes a text, and returns the file's name. */
  public static String write(Path file, String text) {
    try {
      return Files.writeString(file, text).toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
