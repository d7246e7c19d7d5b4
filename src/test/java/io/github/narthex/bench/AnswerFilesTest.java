package io.github.narthex.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.DType;
import io.github.narthex.Shape;
import io.github.narthex.io.Npy;
import io.github.narthex.io.NpyArray;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AnswerFilesTest {
  @TempDir Path directory;

  private List<List<String>> answers(String name, float[]... scores) {
    List<List<String>> files = new ArrayList<>();
    for (float[] row : scores) {
      Path file = directory.resolve(name + files.size() + ".npy");
      Npy.write(
          file, new NpyArray(DType.FLOAT32, Shape.of(1, row.length), MemorySegment.ofArray(row)));
      files.add(List.of(file.toString()));
    }
    return files;
  }

  @Test
  void labelsTellWhatIsRight() {
    float[][] right = {{0, 1, 0}, {1, 0, 0}};
    float[][] half = {{0, 1, 0}, {0, 0, 1}};
    List<List<String>> reference = answers("r", right);
    List<Integer> labels = List.of(1, 0);

    assertEquals(1, AnswerFiles.compare(reference, reference, labels).top().orElseThrow().top1());
    Accuracy candidate = AnswerFiles.compare(reference, answers("c", half), labels);
    assertEquals(0.5, candidate.top().orElseThrow().top1());
    assertEquals(0.5, candidate.argmaxAgreement());
    assertEquals(Optional.empty(), AnswerFiles.compare(reference, reference, List.of()).top());
  }

  @Test
  void theReferenceStaysAndCandidatesGo() {
    List<List<String>> reference = answers("r", new float[] {1, 2});
    List<List<String>> candidate = answers("c", new float[] {1, 2});

    AnswerFiles.compare(reference, reference, List.of());
    AnswerFiles.compare(reference, candidate, List.of());

    assertTrue(Files.exists(Path.of(reference.getFirst().getFirst())));
    assertFalse(Files.exists(Path.of(candidate.getFirst().getFirst())));
  }

  @Test
  void answersOfAnotherShapeAreWrongAndAMismatch() {
    Accuracy accuracy =
        AnswerFiles.compare(
            answers("r", new float[] {0, 1, 2}), answers("c", new float[] {0, 1}), List.of(2));

    assertTrue(accuracy.mismatch().isPresent());
    assertEquals(0, accuracy.top().orElseThrow().top1());
  }

  @Test
  void answersThatAreNotThere() {
    List<List<String>> reference = answers("r", new float[] {0, 1});
    List<List<String>> nowhere = List.of(List.of(directory.resolve("no.npy").toString()));

    WorkerFailure e =
        assertThrows(WorkerFailure.class, () -> AnswerFiles.compare(reference, nowhere, List.of()));
    assertTrue(e.reason().startsWith("answers can't be compared: there is no file "), e.reason());
  }
}
