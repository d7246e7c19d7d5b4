package io.github.narthex.bench;

import io.github.narthex.NarthexException;
import io.github.narthex.io.Npy;
import io.github.narthex.io.NpyArray;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;

/** Compares answers that workers have written to files. */
final class AnswerFiles {
  private AnswerFiles() {}

  /**
   * The accuracy of one worker's answers. Holds one input's answers in memory at a time.
   *
   * @param reference for each input, the files of the baseline's outputs
   * @param candidate the same of the candidate
   * @throws WorkerFailure if files can't be read
   */
  static Accuracy compare(List<List<String>> reference, List<List<String>> candidate) {
    AccuracyMeter meter = new AccuracyMeter();
    try {
      for (int i = 0; i < reference.size(); i++) {
        try (Arena arena = Arena.ofConfined()) {
          meter.add(read(arena, reference.get(i)), read(arena, candidate.get(i)));
        }
      }
      return meter.worst();
    } catch (NarthexException | IllegalStateException e) {
      throw new WorkerFailure(
          Status.FAILED, "answers can't be compared: " + e.getMessage(), "", "");
    }
  }

  private static List<NpyArray> read(Arena arena, List<String> files) {
    return files.stream().map(file -> Npy.read(arena, Path.of(file))).toList();
  }
}
