package io.github.narthex.io;

import io.github.narthex.Value;
import io.github.narthex.internal.files.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/** Writes a directory of samples. */
final class SampleWriter {
  private SampleWriter() {}

  static void write(Path directory, Samples samples) {
    checkNames(samples);
    Path target = directory.toAbsolutePath();
    try {
      if (Files.isDirectory(target)) {
        requireEmpty(target);
      } else if (Files.exists(target)) {
        throw new IOException("it is a file");
      }
      // Half a directory looks like a whole one of fewer samples.
      Path partial = target.resolveSibling(".narthex-" + UUID.randomUUID() + ".part");
      try {
        Files.createDirectory(partial);
        writeAll(partial, samples);
        Files.move(partial, target, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Trees.delete(partial);
      }
    } catch (IOException e) {
      String reason =
          switch (e) {
            case NoSuchFileException _ -> "there is no directory " + target.getParent();
            case DirectoryNotEmptyException _ -> "it is not empty";
            default -> String.valueOf(e.getMessage());
          };
      throw new UncheckedIOException("can't write samples to " + directory + ": " + reason, e);
    }
  }

  private static void checkNames(Samples samples) {
    if (samples.count() == 0) {
      throw new IllegalArgumentException("there are no samples to write");
    }
    Set<String> names = new HashSet<>();
    for (int i = 0; i < samples.count(); i++) {
      String name = samples.name(i);
      if (name.startsWith(".") || name.matches("(?s).*[/\\\\\\p{Cntrl}].*")) {
        throw new IllegalArgumentException("not a name for a sample's file: '" + name + "'");
      }
      if (!names.add(name)) {
        throw new IllegalArgumentException("two samples have the name " + name);
      }
    }
  }

  private static void requireEmpty(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      if (entries.findAny().isPresent()) {
        throw new DirectoryNotEmptyException(directory.toString());
      }
    }
  }

  private static void writeAll(Path directory, Samples samples) throws IOException {
    List<String> labels = new ArrayList<>(List.of(SampleLabels.HEADER));
    for (int i = 0; i < samples.count(); i++) {
      String name = samples.name(i);
      try (Arena arena = Arena.ofConfined()) {
        SequencedMap<String, Value> inputs = samples.sample(arena, i);
        for (var input : inputs.entrySet()) {
          Path folder =
              inputs.size() == 1
                  ? directory
                  : Files.createDirectories(directory.resolve(input.getKey()));
          Npy.write(SampleFolders.file(folder, name), NpyArray.of(input.getValue()));
        }
      }
      OptionalInt label = samples.label(i);
      if (label.isPresent()) {
        labels.add(SampleLabels.line(name, label.getAsInt()));
      }
    }
    int labelled = labels.size() - 1;
    if (labelled > 0 && labelled < samples.count()) {
      throw new IllegalArgumentException(
          "of %d samples, %d have a label: expected all or none"
              .formatted(samples.count(), labelled));
    }
    if (labelled > 0) {
      Files.write(directory.resolve(SampleFolders.LABELS), labels);
    }
  }
}
