package io.github.narthex.report;

import com.google.gson.JsonObject;
import io.github.narthex.DeviceMemory;
import io.github.narthex.bench.Latency;
import io.github.narthex.profile.DevicePart;
import io.github.narthex.profile.run.DeviceSplit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Where the time of calls on a device goes. */
final class DeviceSplitTable {
  private DeviceSplitTable() {}

  /** A table and what is said below it, with an empty line at the end. */
  static List<String> lines(DeviceSplit split) {
    TextTable table =
        new TextTable(
            BenchTable.WIDTH,
            List.of("call on " + split.device(), "p50", "p90", "p95", "p99", "share"),
            List.of());
    table.row(List.of("", "ms", "ms", "ms", "ms", "%"));
    for (DevicePart part : DevicePart.values()) {
      Latency latency = split.of(part);
      table.row(
          List.of(
              part.toString(),
              Figures.ms(latency.p50Ms()),
              Figures.ms(latency.p90Ms()),
              Figures.ms(latency.p95Ms()),
              Figures.ms(latency.p99Ms()),
              Figures.share(split.share(part))));
    }
    List<String> lines = new ArrayList<>(table.lines());
    lines.add(Wrap.labelled("", copies(split), BenchTable.WIDTH));
    split
        .memory()
        .ifPresent(memory -> lines.add(Wrap.labelled("", memory(memory), BenchTable.WIDTH)));
    lines.add(Wrap.labelled("", energy(split), BenchTable.WIDTH));
    lines.add("");
    return lines;
  }

  private static String copies(DeviceSplit split) {
    return "%d calls%s; enqueuing goes on beside the other parts; %s in and %s out, with pinned memory"
            .formatted(
                split.calls(),
                split.isRecorded() ? ", replays of a recorded run" : "",
                Figures.bytes(split.inputBytes()),
                Figures.bytes(split.outputBytes()))
        + ", and without it %s ms in and %s ms out"
            .formatted(
                Figures.ms(split.pageableIn().p50Ms()), Figures.ms(split.pageableOut().p50Ms()));
  }

  private static String memory(DeviceMemory memory) {
    return "memory of the device: tensors %s, at most %s in these calls; libtorch has %s from it"
        .formatted(
            Figures.bytes(memory.allocatedBytes()),
            Figures.bytes(memory.peakAllocatedBytes()),
            Figures.bytes(memory.reservedBytes()));
  }

  private static String energy(DeviceSplit split) {
    if (split.joulesOfEach().isEmpty()) {
      return "energy of a call: unknown, " + split.whyNoEnergy().orElse("");
    }
    return String.format(
        Locale.ROOT,
        "energy of a call: %.3g J, the GPU took %.0f W for %.1f s, by %s",
        split.joulesOfEach().getAsDouble(),
        split.energy().watts().orElse(0),
        split.energy().seconds(),
        switch (split.energy().source()) {
          case COUNTER -> "its counter";
          case SAMPLES -> "samples of its power";
          case NONE -> "nothing";
        });
  }

  static JsonObject json(DeviceSplit split) {
    JsonObject object = new JsonObject();
    object.addProperty("device", split.device().toString());
    object.addProperty("calls", split.calls());
    object.addProperty("recorded", split.isRecorded());
    for (DevicePart part : DevicePart.values()) {
      object.add(part.name().toLowerCase(Locale.ROOT) + "_ms", BenchJson.latency(split.of(part)));
    }
    object.addProperty("enqueue_share", split.share(DevicePart.ENQUEUE));
    object.addProperty("input_bytes", split.inputBytes());
    object.addProperty("output_bytes", split.outputBytes());
    split
        .memory()
        .ifPresent(
            memory -> {
              object.addProperty("allocated_bytes", memory.allocatedBytes());
              object.addProperty("peak_allocated_bytes", memory.peakAllocatedBytes());
              object.addProperty("reserved_bytes", memory.reservedBytes());
            });
    object.add("pageable_copy_in_ms", BenchJson.latency(split.pageableIn()));
    object.add("pageable_copy_out_ms", BenchJson.latency(split.pageableOut()));
    object.add(
        "joules",
        Json.number(split.joulesOfEach().isPresent() ? split.joulesOfEach().getAsDouble() : null));
    object.addProperty("energy_seconds", split.energy().seconds());
    object.addProperty("energy_source", split.energy().source().name().toLowerCase(Locale.ROOT));
    object.add("energy_unknown", Json.text(split.whyNoEnergy().orElse(null)));
    return object;
  }
}
