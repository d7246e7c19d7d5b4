package io.github.narthex.errors;

import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

final class SearchErrors extends ErrorCases {
  SearchErrors(Arena arena, Path root) {
    super(arena, root);
    said(
        "… was measured on …, and this is …: begin anew",
        () -> {
          Path output = folder().resolve("b");
          search(output);
          Path journal = output.resolveSibling("b.search").resolve("journal.jsonl");
          Files.writeString(
              journal,
              Files.readString(journal).replaceFirst("\"site\":\"", "\"site\":\"Abacus 9000, "));
          return search(output, "--resume");
        });
    said(
        "--resume: the search in … was for something else: …",
        () -> {
          Path output = folder().resolve("b");
          search(output);
          return search(output, "--resume", "--goal", "size");
        });
    said(
        "an agreement of 99.9 % needs 1,000 samples, and there are none: give --data",
        () -> search(folder().resolve("b")));
    said("--output is needed: …", () -> told("optimize", "mlp"));
  }

  /** A search that ends when it finds that there are no samples. */
  private String search(Path output, String... more) {
    List<String> words =
        new ArrayList<>(
            List.of("optimize", fixture("models/mlp.pt"), "--output", output.toString()));
    words.addAll(List.of("--min-agreement", "99.9%", "--quiet"));
    words.addAll(List.of(more));
    return told(words.toArray(String[]::new));
  }
}
