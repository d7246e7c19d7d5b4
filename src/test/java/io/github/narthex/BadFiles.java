package io.github.narthex;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Files of models and of tensors, mostly whole; and their bytes, mostly damaged. */
final class BadFiles {
  private final List<Path> models;
  private final List<Path> all;

  BadFiles(Path fixtures) throws IOException {
    models = list(fixtures.resolve("models"), ".pt");
    all = new ArrayList<>(models);
    all.addAll(list(fixtures.resolve("files"), ""));
    all.addAll(list(fixtures.resolve("npy"), ""));
  }

  private static List<Path> list(Path folder, String suffix) throws IOException {
    try (Stream<Path> found = Files.list(folder)) {
      return found.filter(path -> path.toString().endsWith(suffix)).sorted().toList();
    }
  }

  Path model(BadArguments arguments) {
    return arguments.oneOf(models);
  }

  byte[] bytes(BadArguments arguments) {
    try {
      byte[] whole = Files.readAllBytes(arguments.oneOf(all));
      return arguments.oneIn(4) ? whole : MutatedFiles.damage(whole, arguments.random());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** To read, or to write to: in the folder where the process runs. */
  Path path(BadArguments arguments) {
    return switch (arguments.below(8)) {
      case 0 -> Path.of("nowhere", "x.pt");
      case 1 -> Path.of(".");
      case 2 -> Path.of("tensors." + arguments.oneOf(List.of("npy", "npz", "pt", "safetensors")));
      default -> {
        try {
          yield Files.write(Path.of("damaged.pt"), bytes(arguments));
        } catch (IOException e) {
          throw new AssertionError(e);
        }
      }
    };
  }
}
