package io.github.narthex.io;

import io.github.narthex.InputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Where the files of a directory of samples are, by their names alone.
 *
 * @param names of the samples, sorted, without {@code .npy}
 * @param byInput the folders by the inputs' names; for files in the directory itself empty
 * @param isLabelled whether there are labels
 */
record SampleFolders(List<String> names, SequencedMap<String, Path> byInput, boolean isLabelled) {
  static final String SAMPLE_END = ".npy";
  static final String LABELS = "labels.csv";

  private static final String LAYOUT =
      "expected .npy files, one for each sample, or one sub-directory of them for each input";

  /**
   * Looks at the names of all files.
   *
   * @throws InputException if the directory is not there, can't be read, or has no samples
   * @throws InputException if it holds other files than samples, labels and hidden ones, or
   *     sub-directories beside samples
   * @throws InputException if a sample lacks a file in one of the sub-directories
   */
  static SampleFolders of(Path directory) {
    if (!Files.isDirectory(directory)) {
      throw new InputException(
          Files.exists(directory)
              ? directory + " is not a directory; samples are a directory of .npy files"
              : "there is no directory " + directory);
    }
    List<Path> files = new ArrayList<>();
    SequencedMap<String, Path> folders = new LinkedHashMap<>();
    for (Path entry : entries(directory)) {
      if (Files.isDirectory(entry)) {
        folders.put(entry.getFileName().toString(), entry);
      } else {
        files.add(entry);
      }
    }
    boolean isLabelled = files.remove(directory.resolve(LABELS));
    List<String> names = names(files);
    if (folders.isEmpty()) {
      if (names.isEmpty()) {
        throw new InputException("there are no samples in " + directory + ": " + LAYOUT);
      }
      return new SampleFolders(names, folders, isLabelled);
    }
    if (!names.isEmpty()) {
      throw new InputException(
          "%s has both samples and the sub-directory %s: %s"
              .formatted(directory, folders.firstEntry().getKey(), LAYOUT));
    }
    return new SampleFolders(commonNames(folders), folders, isLabelled);
  }

  /** Those of the sub-directories, which must have the same. */
  private static List<String> commonNames(SequencedMap<String, Path> folders) {
    // For each name, a folder that has it.
    TreeMap<String, Path> all = new TreeMap<>();
    SequencedMap<Path, TreeSet<String>> each = new LinkedHashMap<>();
    for (Path folder : folders.values()) {
      List<Path> entries = entries(folder);
      for (Path entry : entries) {
        if (Files.isDirectory(entry)) {
          throw new InputException(
              "expected .npy files in " + folder + ", found the directory " + entry.getFileName());
        }
      }
      TreeSet<String> names = new TreeSet<>(names(entries));
      if (names.isEmpty()) {
        throw new InputException("there are no .npy files in " + folder);
      }
      names.forEach(name -> all.putIfAbsent(name, folder));
      each.put(folder, names);
    }
    each.forEach(
        (folder, names) ->
            all.forEach(
                (name, other) -> {
                  if (!names.contains(name)) {
                    throw new InputException(
                        "there is no file %s, which belongs to %s: each input has a file of each sample"
                            .formatted(file(folder, name), file(other, name)));
                  }
                }));
    return List.copyOf(all.keySet());
  }

  /** The file of a sample. */
  static Path file(Path folder, String name) {
    return folder.resolve(name + SAMPLE_END);
  }

  private static List<String> names(List<Path> files) {
    List<String> names = new ArrayList<>();
    for (Path file : files) {
      String name = file.getFileName().toString();
      if (!name.endsWith(SAMPLE_END)) {
        throw new InputException(
            "expected only .npy files%s and hidden ones among samples, found %s"
                .formatted(name.equals(LABELS) ? "" : ", " + LABELS, file));
      }
      names.add(name.substring(0, name.length() - SAMPLE_END.length()));
    }
    names.sort(null);
    return names;
  }

  /** What is in a folder, sorted, but for hidden files. */
  private static List<Path> entries(Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(entry -> !entry.getFileName().toString().startsWith("."))
          .sorted()
          .toList();
    } catch (AccessDeniedException e) {
      throw new InputException("can't read " + folder + ": permission denied", "", e);
    } catch (IOException | UncheckedIOException e) {
      throw new InputException("can't read " + folder + ": " + e.getMessage(), "", e);
    }
  }
}
