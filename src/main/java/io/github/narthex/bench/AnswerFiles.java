package io.github.narthex.bench;

import io.github.narthex.NarthexException;
import io.github.narthex.io.Npy;
import io.github.narthex.io.NpyArray;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Compares answers that workers have written to files. */
final class AnswerFiles {
  private AnswerFiles() {}

  /**
   * The accuracy of one worker's answers. Holds one input's answers in memory at a time, and
   * deletes the candidate's, unless they are the reference themselves.
   *
   * @param reference for each input, the files of the baseline's outputs
   * @param candidate the same of the candidate
   * @param labels for each input the right class, by the first output; empty if there are none
   * @throws WorkerFailure if files can't be read
   */
  static Accuracy compare(
      List<List<String>> reference, List<List<String>> candidate, List<Integer> labels) {
    AccuracyMeter meter = new AccuracyMeter();
    TopMeter top = new TopMeter();
    try {
      for (int i = 0; i < reference.size(); i++) {
        try (Arena arena = Arena.ofConfined()) {
          List<NpyArray> answers = read(arena, candidate.get(i));
          meter.add(read(arena, reference.get(i)), answers);
          if (!labels.isEmpty() && !answers.isEmpty()) {
            top.add(answers.getFirst(), labels.get(i));
          }
        }
      }
      if (!candidate.equals(reference)) {
        delete(candidate);
      }
      return labels.isEmpty() ? meter.worst() : meter.worst().withTop(top.accuracy());
    } catch (NarthexException | IllegalStateException e) {
      throw new WorkerFailure(
          Status.FAILED, "answers can't be compared: " + e.getMessage(), "", "");
    }
  }

  /** Answers to a thousand inputs take much room, and those of each recipe as much again. */
  private static void delete(List<List<String>> answers) {
    for (List<String> files : answers) {
      for (String file : files) {
        try {
          Files.deleteIfExists(Path.of(file));
        } catch (IOException e) {
          return; // they go with their directory
        }
      }
    }
  }

  private static List<NpyArray> read(Arena arena, List<String> files) {
    return files.stream().map(file -> Npy.read(arena, Path.of(file))).toList();
  }
}
