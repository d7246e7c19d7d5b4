package io.github.narthex.bundle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.ModelLoadException;
import io.github.narthex.bundle.BundleSpec.ModelEntry;
import io.github.narthex.bundle.BundleSpec.Proven;
import io.github.narthex.bundle.BundleSpec.Source;
import io.github.narthex.bundle.Configuration.Accuracy;
import io.github.narthex.bundle.Configuration.Limits;
import io.github.narthex.bundle.Configuration.Policy;
import io.github.narthex.bundle.Configuration.Reaction;
import io.github.narthex.bundle.Configuration.Run;
import io.github.narthex.io.InputSpec;
import io.github.narthex.strategy.Recipe;
import io.github.narthex.strategy.ThreadPlanner;
import io.github.narthex.strategy.Threads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code narthex.yaml}, read and written, without a model. */
class ConfigurationTest {
  private static final String SHA = "0123456789abcdef".repeat(4);

  private static final String BUNDLE =
      """
      schema: narthex.bundle/1
      model:
        file: model.pt
        sha256: "%s"
        recipe: eager
      """
          .formatted(SHA);

  @TempDir Path folder;

  private static BundleSpec bundle(String text) {
    return SpecReader.bundle(YamlFile.parse(Path.of("b/narthex.yaml"), text));
  }

  private static Configuration configuration(String text) {
    return SpecReader.configuration(YamlFile.parse(Path.of("c.yaml"), text));
  }

  private static BundleSpec full() {
    return new BundleSpec(
        new ModelEntry(
            "model.pt",
            SHA,
            Recipe.parse("onednn-graph+bf16"),
            new Source("dir/a \"quoted\" name: # µ.pt", SHA)),
        new Configuration(
            List.of(InputSpec.parse("1x3x224x224"), InputSpec.parse("ids=1x128:int64:0..30000")),
            new Run(1, 2, 8, 2.5, 7),
            "throughput",
            new Limits(95, 12.5, 100.0, 1L << 30),
            new Accuracy(0.01, 0.999),
            Duration.ofSeconds(90),
            new Policy(Reaction.IGNORE, Reaction.REFUSE, Reaction.REFUSE, Reaction.WARN)),
        new Proven(
            "AMD EPYC: 9B14 #1",
            List.of("avx2", "avx512f"),
            "NVIDIA H200",
            "2.10",
            "0.1.0",
            "2026-11-21T19:22Z"));
  }

  @Test
  void whatIsWrittenIsRead() {
    assertEquals(full(), bundle(SpecText.of(full())));
    BundleSpec bare = new BundleSpec(full().model(), Configuration.EMPTY, null);
    BundleSpec read = bundle(SpecText.of(bare));
    assertEquals(bare.model(), read.model());
    assertNull(read.proven());
    assertEquals(
        new Run(null, null, 1, 0.0, Run.STANDARD_QUEUE),
        read.configuration().run(),
        "what stands for what is not set is written out");
    assertEquals(Limits.NONE, read.configuration().limits());
    assertEquals(Accuracy.UNSET, read.configuration().accuracy());
    assertNull(read.configuration().goal());
    assertNull(read.configuration().budget());
  }

  /** What is not set stands there as an example, behind a #. */
  @Test
  void examplesNeedNoMoreThanTheirMarkTakenAway() {
    String text = SpecText.of(new BundleSpec(full().model(), Configuration.EMPTY, full().proven()));
    Configuration set =
        bundle(text.replaceAll("(?m)^( *)# ([a-z0-9-]+: )", "$1$2")).configuration();
    assertEquals("latency", set.goal());
    assertEquals(new Limits(99, 20.0, 100.0, 1_000_000_000L), set.limits());
    assertEquals(new Accuracy(0.01, 0.999), set.accuracy());
    assertEquals(Duration.ofMinutes(5), set.budget());
  }

  @Test
  void editsAreHonoured() {
    String text =
        SpecText.of(full())
            .replace("threads: 1", "threads: 3")
            .replace("instances: 2", "instances: 1")
            .replace("batch: 8 ", "batch: 16")
            .replace("max-wait-ms: 2.5", "max-wait-ms: 0")
            .replace("goal: throughput", "goal: size")
            .replace("max-error: 1%", "max-error: 0.5%")
            .replace("budget: 90s", "budget: 1h")
            .replace("cpu: ignore", "cpu: 'refuse'");
    Configuration edited = bundle(text).configuration();
    assertEquals(new Run(3, 1, 16, 0.0, 7), edited.run());
    assertEquals("size", edited.goal());
    assertEquals(0.005, edited.accuracy().maxError());
    assertEquals(Duration.ofHours(1), edited.budget());
    assertEquals(Reaction.REFUSE, edited.policy().cpu());
  }

  @Test
  void allButTheModelMayBeLeftOut() {
    BundleSpec spec = bundle(BUNDLE);
    assertEquals(Configuration.EMPTY, spec.configuration());
    assertEquals(ModelEntry.of(Recipe.EAGER, null).withSha256(SHA), spec.model());
    assertNull(spec.proven());
    assertEquals(Configuration.EMPTY, configuration(""));
    assertEquals(Configuration.EMPTY, configuration("run:\nlimits:\n  # p99-ms: 20\ninputs:\n"));
  }

  @Test
  void aConfigurationMayBeOfABundleOrByItself() throws IOException {
    Path partial = Files.writeString(folder.resolve("p.yaml"), "goal: memory\nrun: {queue: 0}\n");
    assertEquals("memory", Configuration.read(partial).goal());
    assertEquals(0, Configuration.read(partial).run().waiting());
    Files.writeString(folder.resolve("narthex.yaml"), SpecText.of(full()));
    assertEquals(full().configuration(), Configuration.read(folder));
    assertEquals(full().configuration(), Configuration.read(folder.resolve("narthex.yaml")));
    var missing =
        assertThrows(
            ModelLoadException.class, () -> Configuration.read(folder.resolve("other.yaml")));
    assertEquals("there is no file " + folder.resolve("other.yaml"), missing.getMessage());
  }

  /** The text has | for line ends; the message is without the file. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "gaol: latency; 1:1: unknown key 'gaol'; did you mean goal?; known here are schema, model,",
        "run:|  thread: 2; 2:3: unknown key 'run.thread'; did you mean threads?; known here are",
        "run:|  <<: {threads: 2}; 2:3: unknown key 'run.<<'; known here are threads,",
        "goal: latency|goal: size; 2:1: the key 'goal' is there twice",
        "goal: speed; 1:7: goal: expected latency, throughput, memory or size, found 'speed'",
        "goal: latencey; 1:7: goal: expected latency, throughput, memory or size, found 'latencey';"
            + " did you mean latency?",
        "goal:; 1:6: goal: expected latency, throughput, memory or size, found nothing",
        "goal: [latency]; 1:7: goal: expected a single value, found a list",
        "[goal]; 1:1: expected keys such as 'schema', found a list",
        "hello; 1:1: expected keys such as 'schema', found 'hello'",
        "run: 2; 1:6: run: expected keys such as 'threads', found '2'",
        "run:|  threads: two; 2:12: run.threads: expected a whole number from 1 to",
        "run:|  threads: 0; 2:12: run.threads: expected a whole number from 1 to",
        "run: {instances: 1000000}; 1:18: run.instances: expected a whole number from 1 to",
        "run:|  threads: 2|  instances: 3; 3:14: run.instances: 3 instances of 2 threads each would"
            + " take turns in a process: set one of the two to 1",
        "run: {max-wait-ms: 3}; 1:20: run.max-wait-ms: requests wait for each other only where"
            + " run.batch is above 1",
        "run: {batch: 2, max-wait-ms: 1e9}; 1:30: run.max-wait-ms: expected a number from 0, found"
            + " '1e9'",
        "run: {batch: 2, max-wait-ms: 90000}; 1:30: run.max-wait-ms: expected milliseconds up to"
            + " 60000, found '90000'",
        "run: {queue: -1}; 1:14: run.queue: expected a whole number from 0 to 1048576, found '-1'",
        "limits:|  p95-ms: 3|  p99-ms: 4; 3:11: limits.p99-ms: there is a limit of p95-ms already:"
            + " only one of them",
        "limits: {p99-ms: 0}; 1:18: limits.p99-ms: expected a number above 0, found '0'",
        "limits: {p98-ms: 1}; 1:10: unknown key 'limits.p98-ms'; did you mean p90-ms?; known",
        "limits: {max-memory: 1 elephant}; 1:22: limits.max-memory: expected an amount of memory"
            + " such as 1GB or 512MiB, found '1 elephant'",
        "accuracy: {max-error: 150%}; 1:23: accuracy.max-error: expected a fraction from 0 to 1,",
        "budget: 5; 1:9: budget: expected a time such as 90s, 5m or 1h, found '5'",
        "inputs: 1x3; 1:9: inputs: expected a list, found '1x3'",
        "inputs:|  - 1x3|  - 1xx; 3:5: inputs: bad input '1xx' at position 3",
        "policy: {model: maybe}; 1:17: policy.model: expected warn, refuse or ignore, found"
            + " 'maybe'",
        "schema: narthex.bundle/2; 1:9: schema: this version reads narthex.bundle/1, found",
        "model: {file: ../x.pt}; 1:15: model.file: expected the name of a file in the bundle, found"
            + " '../x.pt'",
        "model: {file: a.pt, sha256: 12}; 1:29: model.sha256: expected a SHA-256 of 64 hexadecimal",
        "model: {file: a.pt}; 1:8: expected the key 'model.sha256', which is not there",
        "proven: {cpu: x}; 1:9: expected the key 'proven.libtorch', which is not there",
        "goal: 'latency; 2:1: is no YAML: found unexpected end of stream",
        "run: {threads: 2; 2:1: is no YAML:",
        "run:|\tthreads: 2; 2:1: is no YAML:",
        "run: *nowhere; 1:6: is no YAML:",
        "goal: size|---|goal: size; 2:1: is no YAML:",
        "goal: a\u0001b; 1:8: is no YAML: the character U+0001 is none",
      })
  void saysWhereAndWhat(String text, String message) {
    var e =
        assertThrows(
            ConfigurationException.class, () -> configuration(text.replace('|', '\n') + "\n"));
    assertTrue(String.valueOf(e.getMessage()).startsWith("c.yaml:" + message), e.getMessage());
    assertEquals(Path.of("c.yaml"), e.file());
    assertTrue(
        String.valueOf(e.getMessage()).startsWith("c.yaml:%d:%d: ".formatted(e.line(), e.column())),
        e.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "goal: size; 1:1: expected the key 'schema', which is not there",
        "schema: narthex.bundle/1; 1:1: expected the key 'model', which is not there",
        "MODEL|run: {batch: 4}; 7:14: run.batch: to join requests, the shapes of their inputs must"
            + " stand under inputs",
        "MODEL|run: {batch: 4}|inputs: [x.npy]; 7:14: run.batch: requests can't be joined along"
            + " dimension 0 of the input 'x.npy'",
        "MODEL|run: {batch: 4}|inputs: [scalar:int64:1..2]; 7:14: run.batch: requests can't be"
            + " joined along dimension 0 of the input 'scalar:int64:1..2'",
      })
  void aBundleNeedsMore(String text, String message) {
    String yaml = text.replace("MODEL", BUNDLE).replace('|', '\n') + "\n";
    var e = assertThrows(ConfigurationException.class, () -> bundle(yaml));
    String file = Path.of("b/narthex.yaml") + ":";
    assertTrue(String.valueOf(e.getMessage()).startsWith(file + message), e.getMessage());
  }

  @Test
  void hostileFiles() throws IOException {
    Path file = folder.resolve("h.yaml");
    Files.writeString(file, "[".repeat(500_000));
    assertMessage(file, ": nests too deeply for a configuration");
    Files.writeString(file, "#".repeat(1_100_000));
    assertMessage(file, ": is too large for a configuration: more than a megabyte");
    Files.write(file, new byte[] {'a', (byte) 0xff, (byte) 0xfe});
    assertMessage(file, ": is not text in UTF-8");
    Files.writeString(file, "run: &a {threads: *a}\n");
    assertMessage(file, ":1:6: run.threads: expected a single value, found a mapping");
    Files.writeString(file, "? [run]\n: 1\n");
    assertMessage(file, ":1:3: expected a key, found a list");
  }

  private static void assertMessage(Path file, String message) {
    var e = assertThrows(ConfigurationException.class, () -> Configuration.read(file));
    assertEquals(file + message, e.getMessage());
  }

  @Test
  void whatIsNotSetSuitsTheMachine() {
    ThreadPlanner four = new ThreadPlanner(4);
    assertEquals(new Threads(4, 1), Run.UNSET.plan(four));
    assertEquals(new Threads(1, 4), new Run(1, null, 1, null, null).plan(four));
    assertEquals(new Threads(1, 3), new Run(null, 3, 1, null, null).plan(four));
    assertEquals(new Threads(4, 1), new Run(null, 1, 1, null, null).plan(four));
    assertEquals(new Threads(2, 1), new Run(2, null, 1, null, null).plan(four));
    Run turns = new Run(2, 2, 1, null, null);
    assertThrows(IllegalArgumentException.class, () -> turns.plan(four));
  }

  @ParameterizedTest
  @EnumSource
  void templatesAreConfigurations(Template template) {
    Configuration configuration = template.configuration();
    assertTrue(Configuration.GOALS.contains(configuration.goal()));
    assertFalse(configuration.limits().equals(Limits.NONE));
    assertTrue(template.text().startsWith("# "), "begins with what it is for");
    assertEquals(template, Template.named(template.toString()).orElseThrow());
    assertTrue(configuration.run().plan(new ThreadPlanner(4)).fitsOneProcess());
  }
}
