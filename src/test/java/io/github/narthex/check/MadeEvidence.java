package io.github.narthex.check;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A document as narthex optimize writes it, with the fields that are read of it; all is well. */
final class MadeEvidence {
  private final JsonObject document =
      JsonParser.parseString(
              """
              {
                "schema": "narthex.optimize/1",
                "environment": {"time": "2026-11-22T00:11:59Z", "narthex": "9.9", "libtorch": "2.15.0",
                  "cpu": "Abacus", "isa": ["avx2"]},
                "model": {"name": "x.pt", "random_weights": false},
                "task": {"max_error": 0.02},
                "data": {"directory": "samples", "samples": 500, "used": 200, "labelled": false},
                "chosen": 1,
                "trials": [
                  {"recipe": "eager", "threads": 1, "instances": 1},
                  {"recipe": "freeze+bf16", "threads": 1, "instances": 1, "samples": 1000,
                    "latency_ms": {"p50": 4.0, "p90": 5.0, "p95": null, "p99": 9.5},
                    "throughput_per_s": 250.0,
                    "accuracy": {"max_rel": 0.0064, "argmax_agreement": 0.995, "inputs": 200},
                    "peak_rss_bytes": 400000000,
                    "stability": {"verdict": "stable", "reasons": []}}]
              }
              """)
          .getAsJsonObject();

  JsonObject document() {
    return document;
  }

  private JsonObject chosen() {
    return document.getAsJsonArray("trials").get(1).getAsJsonObject();
  }

  MadeEvidence recipe(String recipe) {
    chosen().addProperty("recipe", recipe);
    return this;
  }

  MadeEvidence threads(int threads) {
    chosen().addProperty("threads", threads);
    return this;
  }

  MadeEvidence overMadeUpInputs() {
    document.add("data", JsonNull.INSTANCE);
    return this;
  }

  MadeEvidence inputs(int count) {
    chosen().getAsJsonObject("accuracy").addProperty("inputs", count);
    return this;
  }

  MadeEvidence notFinite() {
    chosen().getAsJsonObject("accuracy").add("max_rel", JsonNull.INSTANCE);
    return this;
  }

  MadeEvidence withoutP99() {
    chosen().getAsJsonObject("latency_ms").add("p99", JsonNull.INSTANCE);
    return this;
  }

  MadeEvidence unstable(String reason) {
    JsonObject stability = chosen().getAsJsonObject("stability");
    stability.addProperty("verdict", "unstable");
    JsonArray reasons = new JsonArray();
    reasons.add(reason);
    stability.add("reasons", reasons);
    return this;
  }

  MadeEvidence ofRandomWeights() {
    document.getAsJsonObject("model").addProperty("random_weights", true);
    return this;
  }

  void into(Path bundle) {
    try {
      Files.writeString(bundle.resolve("evidence.json"), document.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
