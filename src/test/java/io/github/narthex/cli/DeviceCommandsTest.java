package io.github.narthex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.narthex.PretendDevice;
import io.github.narthex.bundle.Bundles;
import io.github.narthex.bundle.Configuration.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --device}, with an accelerator that is none. */
class DeviceCommandsTest {
  private static final String DEVICE = "privateuseone";

  @TempDir Path directory;

  @BeforeEach
  void needsTheDevice() {
    assumeTrue(
        Files.exists(PretendDevice.library()), () -> PretendDevice.library() + " is missing");
  }

  private static Ran onDevice(String... words) {
    return Ran.run(
        Stream.concat(
                Arrays.stream(words), Stream.of("--library", PretendDevice.library().toString()))
            .toArray(String[]::new));
  }

  private static Ran bench(Path json, String... words) {
    Stream<String> always =
        Stream.of("bench", "mlp", "--quiet", "--iterations", "20", "--json", json.toString());
    return onDevice(Stream.concat(always, Arrays.stream(words)).toArray(String[]::new));
  }

  @Test
  void runGivesTheAnswerOfTheCpu() {
    Ran onCpu = Ran.run("run", "mlp", "--quiet");
    Ran there = onDevice("run", "mlp", "--quiet", "--device", DEVICE);
    assertEquals("", there.err());
    assertEquals(onCpu.out().lines().findFirst(), there.out().lines().findFirst());
  }

  @Test
  void benchPutsDevicesSideBySide() throws IOException {
    Path json = directory.resolve("bench.json");
    Ran ran = bench(json, "--device", "cpu," + DEVICE, "--recipe", "eager");
    assertEquals(0, ran.code(), ran.err());
    assertEquals(Map.of("eager", "cpu", "gpu:kind=privateuseone", DEVICE + ":0"), devices(json));
    assertTrue(ran.out().contains("gpu:kind=privateuseone"), ran.out());
    assertTrue(ran.out().contains("  peak  on device\n"), ran.out());
    for (JsonObject row : rows(json).toList()) {
      boolean isOnCpu = text(row, "device").equals("cpu");
      assertEquals(isOnCpu, row.get("peak_device_bytes").isJsonNull(), row.toString());
      // The weights of mlp are 941 kB.
      assertTrue(isOnCpu || row.get("peak_device_bytes").getAsLong() > 941_000, row.toString());
    }
  }

  @Test
  void aDeviceThatIsNotThereIsARowWithTheReason() throws IOException {
    Path json = directory.resolve("bench.json");
    Ran ran = bench(json, "--recipe", "gpu:kind=privateuseone:index=7");
    assertEquals(0, ran.code(), ran.err());
    JsonObject row = rows(json).toList().getLast();
    assertEquals("unsupported", text(row, "status"), row::toString);
    assertTrue(text(row, "reason").contains("no device privateuseone:7"), row::toString);
  }

  @Test
  void recordedRunsAgreeWithTheBaseline() throws IOException {
    Path json = directory.resolve("bench.json");
    Ran ran = bench(json, "--device", DEVICE, "--recipe", "cudagraphs");
    assertEquals(0, ran.code(), ran.err());
    JsonObject recorded =
        rows(json)
            .filter(row -> text(row, "recipe").contains("cudagraphs"))
            .findFirst()
            .orElseThrow();
    assertEquals("ok", text(recorded, "status"));
    assertTrue(!recorded.toString().contains("not recorded"), recorded.toString());
  }

  @Test
  void profileSplitsCalls() throws IOException {
    Path json = directory.resolve("profile.json");
    Ran ran =
        onDevice(
            "profile",
            "mlp",
            "--quiet",
            "--device",
            DEVICE,
            "--iterations",
            "8",
            "--json",
            json.toString());
    assertEquals(0, ran.code(), ran.err());
    assertTrue(ran.out().startsWith("mlp"), ran.out());
    assertTrue(ran.out().contains("call on " + DEVICE + ":0"), ran.out());
    assertTrue(ran.out().contains("host to device"), ran.out());
    assertTrue(ran.out().contains("energy of a call: unknown, "), ran.out());
    JsonObject call =
        JsonParser.parseString(Files.readString(json))
            .getAsJsonObject()
            .getAsJsonObject("device_call");
    assertEquals(8, call.get("calls").getAsInt());
    assertEquals(4 * 784, call.get("input_bytes").getAsLong());
    assertEquals(4 * 10, call.get("output_bytes").getAsLong());
    double whole = call.getAsJsonObject("whole_ms").get("p50").getAsDouble();
    for (String part : new String[] {"enqueue_ms", "copy_in_ms", "compute_ms", "copy_out_ms"}) {
      double ms = call.getAsJsonObject(part).get("p50").getAsDouble();
      assertTrue(ms > 0 && ms <= whole, part + " is " + ms + " of " + whole);
    }
    assertTrue(call.get("joules").isJsonNull());
    long weights = 4 * 235_146;
    assertTrue(call.get("allocated_bytes").getAsLong() > weights, call::toString);
    assertTrue(
        call.get("peak_allocated_bytes").getAsLong() >= call.get("allocated_bytes").getAsLong());
    assertTrue(!call.get("energy_unknown").getAsString().isEmpty());
  }

  @Test
  void profileSplitsReplays() {
    Ran ran =
        onDevice(
            "profile", "mlp", "--device", DEVICE, "--recipe", "cudagraphs", "--iterations", "4");
    assertEquals(0, ran.code(), ran.err());
    assertTrue(ran.out().contains("4 calls, replays of a recorded run"), ran.out());
  }

  @Test
  void profilesWithoutKernelsSaySo() {
    Ran ran = onDevice("profile", "mlp", "--device", DEVICE, "--group-by", "kernel");
    assertEquals(0, ran.code(), ran.err());
    assertTrue(ran.out().contains("no kernels were recorded: "), ran.out());
  }

  @Test
  void profilesOfTheCpuHaveNoCallOnADevice() {
    Ran ran = Ran.run("profile", "mlp", "--quiet", "--iterations", "2", "--json", "-");
    assertEquals(0, ran.code(), ran.err());
    assertTrue(!ran.json().has("device_call"), ran.out());
  }

  @Test
  void rangesOfNvtxAreAskedFor() {
    Ran ran = Ran.run("profile", "mlp", "--quiet", "--nvtx");
    assertEquals(6, ran.code(), ran.err());
    assertTrue(ran.err().contains("there is no NVTX"), ran.err());
    PretendDevice.offerNvtx(true);
    try {
      long before = PretendDevice.nvtxRanges();
      ran = Ran.run("profile", "mlp", "--quiet", "--iterations", "2", "--nvtx");
      assertEquals(0, ran.code(), ran.err());
      assertTrue(PretendDevice.nvtxRanges() > before);
      assertEquals(0, PretendDevice.openNvtxRanges());
    } finally {
      PretendDevice.offerNvtx(false);
    }
  }

  private static String text(JsonObject row, String name) {
    return row.get(name).getAsString();
  }

  private static Stream<JsonObject> rows(Path json) throws IOException {
    return JsonParser.parseString(Files.readString(json))
        .getAsJsonObject()
        .getAsJsonArray("results")
        .asList()
        .stream()
        .map(JsonElement::getAsJsonObject);
  }

  private static Map<String, String> devices(Path json) throws IOException {
    Map<String, String> devices = new HashMap<>();
    rows(json).forEach(row -> devices.put(text(row, "recipe"), text(row, "device")));
    return devices;
  }

  @Test
  void verifyRunsTheCandidateThere() throws IOException {
    Path json = directory.resolve("verify.json");
    Ran ran = onDevice("verify", "mlp", "mlp", "--device", DEVICE, "--json", json.toString());
    assertEquals(0, ran.code(), ran.err());
    assertTrue(ran.out().contains("candidate  mlp (built-in) on privateuseone:0\n"), ran.out());
    JsonObject document = JsonParser.parseString(Files.readString(json)).getAsJsonObject();
    assertEquals("privateuseone:0", document.get("device").getAsString());
  }

  @Test
  void optimizeTriesWhatSuitsTheDevice() throws IOException {
    Path json = directory.resolve("search.json");
    Path bundle = directory.resolve("bundle");
    onDevice(
        "optimize",
        "mlp",
        "--quiet",
        "--device",
        DEVICE,
        "--budget",
        "6s",
        "--output",
        bundle.toString(),
        "--json",
        json.toString());
    JsonObject search = JsonParser.parseString(Files.readString(json)).getAsJsonObject();
    assertEquals(
        "privateuseone:0",
        search.getAsJsonObject("task").getAsJsonArray("devices").get(0).getAsString());
    int there = 0;
    for (JsonElement trial : search.getAsJsonArray("trials")) {
      String recipe = trial.getAsJsonObject().get("recipe").getAsString();
      boolean isThere = recipe.contains("gpu:kind=privateuseone");
      assertTrue(isThere || recipe.equals("eager"), recipe);
      there += isThere ? 1 : 0;
    }
    assertTrue(there > 0, search::toString);
  }

  @Test
  void aBundleIsRunWhereItSays() throws IOException {
    Path bundle = Bundles.mlpFor(directory.resolve("bundle"), "gpu:kind=privateuseone", Run.UNSET);
    Ran there = onDevice("run", bundle.toString(), "--quiet");
    assertEquals("", there.err());
    assertEquals(
        Ran.run("run", bundle.toString(), "--device", "cpu", "--quiet").out(), there.out());
    Path json = directory.resolve("bench.json");
    onDevice("bench", bundle.toString(), "--quiet", "--duration", "1s", "--json", json.toString());
    JsonObject bench = JsonParser.parseString(Files.readString(json)).getAsJsonObject();
    assertTrue(bench.toString().contains("gpu:kind=privateuseone"), bench::toString);
  }
}
