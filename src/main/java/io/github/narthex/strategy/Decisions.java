package io.github.narthex.strategy;

import io.github.narthex.Model;
import io.github.narthex.TensorInfo;
import io.github.narthex.Version;
import io.github.narthex.internal.files.CacheDirectory;
import io.github.narthex.internal.files.Digest;
import io.github.narthex.internal.files.WholeFile;
import io.github.narthex.io.Samples;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What was found to be the fastest, kept in the user's cache: for models that have the same
 * operators and weights of the same shapes, inputs of the same shapes, on the same kind of machine,
 * with the same libtorch. It is about speed alone; weights have no part in it.
 *
 * @param file where it is, if it is
 */
record Decisions(Path file) {
  static Decisions of(String settings, Model model, Samples samples) {
    Machine machine = Machine.current();
    String text =
        String.join(
            "\n",
            settings,
            Version.NARTHEX,
            Version.libtorch(),
            machine.arch(),
            new TreeSet<>(machine.cpuFlags()).toString(),
            Integer.toString(Runtime.getRuntime().availableProcessors()),
            Integer.toString(model.threads()),
            model.operators().toString(),
            model.parameters().toString(),
            model.constants().stream().map(TensorInfo::toString).sorted().toList().toString(),
            inputs(samples));
    return new Decisions(CacheDirectory.path().resolve("compile").resolve(Digest.of(text)));
  }

  /** The recipe; empty if there is none, or none that this version knows. */
  Optional<Recipe> read() {
    try {
      return Optional.of(Recipe.parse(Files.readString(file).strip()));
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty(); // then it is found anew
    }
  }

  /** Keeps a recipe, if the cache can be written. */
  void write(Recipe recipe) {
    try {
      Files.createDirectories(file.getParent());
      WholeFile.write(file, partial -> Files.writeString(partial, recipe + "\n"));
    } catch (IOException | UncheckedIOException e) {
      // A cache is of use, and nothing that could fail.
    }
  }

  private static String inputs(Samples samples) {
    try (Arena scratch = Arena.ofConfined()) {
      return samples.sample(scratch, 0).values().stream()
          .flatMap(value -> value.tensors().stream())
          .map(tensor -> tensor.dtype() + " " + tensor.shape())
          .collect(Collectors.joining(", "));
    }
  }
}
