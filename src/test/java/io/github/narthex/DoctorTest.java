package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.narthex.cli.Main;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code narthex doctor}, as a process, on this machine. */
class DoctorTest {
  private static final List<String> SECTIONS =
      List.of("Java", "processor", "memory", "environment", "GPU", "export", "libraries");

  @TempDir Path folder = Path.of("");

  private ForkedJvm forked() {
    // Neither the user's variables nor his Python make a difference.
    return new ForkedJvm(folder).environment("PATH", "/nowhere");
  }

  private JsonObject json() throws IOException {
    return JsonParser.parseString(Files.readString(folder.resolve("d.json"))).getAsJsonObject();
  }

  private static List<String> sections(JsonObject document) {
    List<String> sections = new ArrayList<>();
    for (JsonElement check : document.getAsJsonArray("checks")) {
      String section = check.getAsJsonObject().get("section").getAsString();
      if (!sections.contains(section)) {
        sections.add(section);
      }
    }
    return sections;
  }

  private static JsonObject check(JsonObject document, String name) {
    for (JsonElement check : document.getAsJsonArray("checks")) {
      if (check.getAsJsonObject().get("name").getAsString().equals(name)) {
        return check.getAsJsonObject();
      }
    }
    throw new AssertionError("no " + name + " in " + document);
  }

  private static String text(JsonObject check, String field) {
    return check.get(field).getAsString();
  }

  @Test
  void whereLibtorchLoads() throws IOException {
    String output = forked().run(Main.class, "doctor", "--json", "d.json").assertExit(0).output();
    JsonObject document = json();

    assertEquals("narthex.doctor/1", text(document, "schema"));
    assertEquals(0, document.get("errors").getAsInt(), document::toString);
    assertTrue(sections(document).containsAll(SECTIONS), document::toString);
    assertTrue(
        text(check(document, "libtorch"), "found").startsWith(Version.libtorch() + ", /"),
        document::toString);
    assertTrue(
        text(check(document, "native library"), "found").contains("(-Dnarthex.library)"),
        document::toString);
    assertEquals("ok", text(check(document, "OpenMP"), "status"), document::toString);
    for (JsonElement element : document.getAsJsonArray("checks")) {
      String name = text(element.getAsJsonObject(), "name");
      String status = text(element.getAsJsonObject(), "status");
      assertTrue(
          output.lines().anyMatch(line -> line.matches("  %-7s  %s.*".formatted(status, name))),
          () -> name + " is in both: " + output);
    }
    output.lines().forEach(line -> assertTrue(line.length() <= 100 || line.contains("/"), line));
  }

  @Test
  void jsonOnStandardOutputIsAlone() {
    String output = forked().run(Main.class, "doctor", "--json", "-").assertExit(0).output();

    assertEquals(
        "narthex.doctor/1", text(JsonParser.parseString(output).getAsJsonObject(), "schema"));
  }

  @Test
  void nativeLibraryThatIsNotThere() throws IOException {
    String output =
        forked()
            .option("-Dnarthex.library=/nowhere/libnarthex.so")
            .run(Main.class, "doctor", "--json=d.json")
            .assertExit(4)
            .output();
    JsonObject document = json();

    assertEquals(SECTIONS, sections(document));
    assertEquals("error", text(document, "status"));
    JsonObject library = check(document, "native library");
    assertEquals("error", text(library, "status"));
    assertEquals(
        "-Dnarthex.library names /nowhere/libnarthex.so, which is not there",
        text(library, "found"));
    assertEquals("ok", text(check(document, "native access"), "status"));
    assertTrue(output.contains("2 errors, "), output);
  }

  @Test
  void libtorchThatIsNotThere() throws IOException {
    forked()
        .option("-Dnarthex.libtorch.home=/nowhere")
        .run(Main.class, "doctor", "--json=d.json")
        .assertExit(4);
    JsonObject libtorch = check(json(), "libtorch");

    assertEquals("error", text(libtorch, "status"));
    String found = text(libtorch, "found");
    assertTrue(
        found.contains(
            "can't be loaded: Can't load library: /nowhere/lib/libc10.so (is its libtorch still"
                + " there?)\ntried, in this order:"),
        found);
    assertTrue(text(libtorch, "advice").contains("-Dnarthex.libtorch.home=DIR"), found);
    assertEquals("ok", text(check(json(), "native library"), "status"));
  }

  @Test
  void nativeAccessThatIsNotGranted() throws IOException {
    forked().withoutNativeAccess().run(Main.class, "doctor", "--json=d.json").assertExit(0);
    JsonObject access = check(json(), "native access");
    assertEquals("warning", text(access, "status"));
    assertEquals("start Java with --enable-native-access=ALL-UNNAMED", text(access, "advice"));

    forked()
        .withoutNativeAccess()
        .option("--illegal-native-access=deny")
        .run(Main.class, "doctor", "--json=d.json")
        .assertExit(4);
    assertEquals("error", text(check(json(), "native access"), "status"));
    assertEquals("ok", text(check(json(), "native library"), "status"));
    JsonObject libtorch = check(json(), "libtorch");
    assertEquals("error", text(libtorch, "status"));
    assertTrue(
        text(libtorch, "found").startsWith("Java refuses native access: start it with"),
        libtorch::toString);
    assertEquals("start Java with the flag that the message names", text(libtorch, "advice"));
  }

  @Test
  void variablesThatSlowLibtorchDown() throws IOException {
    forked()
        .environment("OMP_NUM_THREADS", "1000")
        .environment("LD_PRELOAD", "/nowhere/libjemalloc.so")
        .run(Main.class, "doctor", "--json=d.json")
        .assertExit(0);

    assertEquals("warning", text(check(json(), "OMP_NUM_THREADS"), "status"));
    assertEquals("warning", text(check(json(), "LD_PRELOAD"), "status"));
  }

  @Test
  void resultThatCanNotBeWritten() {
    String errors =
        forked().run(Main.class, "doctor", "--json", "/nowhere/d.json").assertExit(7).errors();

    assertEquals("narthex: cannot write /nowhere/d.json: there is no directory /nowhere\n", errors);
  }
}
