package io.github.narthex.errors;

import io.github.narthex.compare.WrittenResults;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

final class ResultErrors extends ErrorCases {
  ResultErrors(Arena arena, Path root) {
    super(arena, root);
    command("no such file: a.json", "compare", "a.json", "b.json");
    read("… ends too early: it was not written to its end", "{\"schema\":");
    read("… is not JSON: see line 1, column 1", "recipe,p50\n");
    read("… is not a result of narthex: …", "{}");
    read(
        "… is narthex.run/1, which can't be compared; expected …",
        "{\"schema\":\"narthex.run/1\"}");
    said(
        "… and … have no row in common: …",
        () ->
            compared(
                WrittenResults.of(1).row("eager", 10), WrittenResults.of(2).row("freeze", 10)));
    said("bad rule 'p98>+5%' of --fail-if: …", () -> ruled("p98>+5%"));
    said(
        "bad rule 'frezee:p50>+5%' of --fail-if: neither file has a row of frezee…",
        () -> ruled("frezee:p50>+5%"));
    said(
        "rule p99>+5% can't be checked: … has no p99 of …: 140 forwards were timed, 662 are needed",
        () -> {
          WrittenResults after = WrittenResults.of(2).row("eager", 10);
          after.row().getAsJsonObject("latency_ms").remove("p99");
          after.row().addProperty("samples", 140);
          return compared(WrittenResults.of(1).row("eager", 10), after, "--fail-if", "p99>+5%");
        });
    said(
        "a rule is broken: p50>+5%",
        () ->
            compared(
                WrittenResults.of(1).row("eager", 10),
                WrittenResults.of(2).row("eager", 20),
                "--fail-if",
                "p50>+5%"));
  }

  private void read(String message, String content) {
    said(
        message,
        () -> {
          String file = Files.writeString(folder().resolve("a.json"), content).toString();
          return told("compare", file, file);
        });
  }

  private String ruled(String rule) throws IOException {
    return compared(
        WrittenResults.of(1).row("eager", 10),
        WrittenResults.of(2).row("eager", 10),
        "--fail-if",
        rule);
  }

  private String compared(WrittenResults before, WrittenResults after, String... more)
      throws IOException {
    Path folder = folder();
    String[] words = Arrays.copyOf(new String[] {"compare"}, 3 + more.length);
    words[1] = before.write(folder.resolve("a.json"));
    words[2] = after.write(folder.resolve("b.json"));
    System.arraycopy(more, 0, words, 3, more.length);
    return told(words);
  }
}
