package io.github.narthex.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.narthex.PretendDevice;
import io.github.narthex.PretendPackage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Packages that were compiled for a device, on an accelerator that is none. */
class DevicePackageCommandsTest {
  private static final String DEVICE = "privateuseone";
  private static final String RECORDED = "gpu:kind=privateuseone+cudagraphs";

  @TempDir Path directory;

  @BeforeEach
  void needsTheDevice() {
    assumeTrue(
        Files.exists(PretendDevice.library()), () -> PretendDevice.library() + " is missing");
  }

  private Ran onDevice(String command, String... words) throws IOException {
    Stream<String> file = Stream.of(command, PretendPackage.in(directory).toString(), "--quiet");
    Stream<String> library = Stream.of("--library", PretendDevice.library().toString());
    return Ran.run(
        Stream.of(file, Arrays.stream(words), library)
            .flatMap(part -> part)
            .toArray(String[]::new));
  }

  private JsonObject bench(String recipe, String... words) throws IOException {
    Path json = directory.resolve("bench.json");
    Ran ran =
        onDevice(
            "bench",
            Stream.concat(
                    Stream.of("--device", DEVICE, "--iterations", "20", "--json", json.toString()),
                    Stream.concat(Stream.of("--recipe", recipe), Arrays.stream(words)))
                .toArray(String[]::new));
    assertEquals(0, ran.code(), ran.err());
    return JsonParser.parseString(Files.readString(json))
        .getAsJsonObject()
        .getAsJsonArray("results")
        .asList()
        .stream()
        .map(JsonElement::getAsJsonObject)
        .filter(row -> row.get("recipe").getAsString().equals(RECORDED))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void runsAreTheSameWhateverTheRecipe() throws IOException {
    Ran eager = onDevice("run");
    assertEquals("", eager.err());
    Ran there = onDevice("run", "--device", DEVICE);
    Ran recorded = onDevice("run", "--device", DEVICE, "--recipe", "cudagraphs");
    assertEquals(eager.out().lines().findFirst(), there.out().lines().findFirst(), there.err());
    assertEquals(eager.out().lines().findFirst(), recorded.out().lines().findFirst());
  }

  @Test
  void benchRecordsThem() throws IOException {
    JsonObject row = bench("cudagraphs");
    assertEquals("ok", row.get("status").getAsString(), row::toString);
    assertEquals(DEVICE + ":0", row.get("device").getAsString());
    assertFalse(row.toString().contains("not recorded"), row::toString);
  }

  /** One runner does for all callers, who only enqueue. */
  @Test
  void benchRecordsThemForSeveralCallers() throws IOException {
    JsonObject row = bench("cudagraphs", "--threads", "1x2");
    assertEquals("ok", row.get("status").getAsString(), row::toString);
    assertFalse(row.toString().contains("not recorded"), row::toString);
  }

  @Test
  void benchSaysWhyItDoesNot() throws IOException {
    JsonObject row = bench("cudagraphs", "--package", "runners=2");
    assertEquals("ok", row.get("status").getAsString(), row::toString);
    assertTrue(
        row.toString().contains("not recorded: a package with several runners"), row::toString);
  }

  @Test
  void runsOnAnyDeviceOfItsKind() throws IOException {
    Ran first = onDevice("run");
    Ran other = onDevice("run", "--device", DEVICE + ":1");
    assertEquals(first.out().lines().findFirst(), other.out().lines().findFirst(), other.err());
    assertTrue(other.out().startsWith("output 0"), other.err());
  }

  @Test
  void whatItWasNotCompiledForIsNamed() throws IOException {
    Ran ran = onDevice("run", "--device", "cuda");
    assertEquals(6, ran.code(), ran.err());
    Ran changed = onDevice("run", "--recipe", "gpu:kind=privateuseone+bf16");
    assertEquals(6, changed.code(), changed.err());
  }
}
