package io.github.narthex.errors;

import io.github.narthex.DType;
import io.github.narthex.Shape;
import io.github.narthex.io.InputSpec;
import io.github.narthex.io.Npy;
import io.github.narthex.io.NpyArray;
import io.github.narthex.io.SampleDirectory;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

final class SampleErrors extends ErrorCases {
  private static final String TWO_INPUTS = "def forward(self, ids, mask):\n    return ids + mask\n";

  SampleErrors(Arena arena, Path root) {
    super(arena, root);
    opened("there are no samples in …: …", _ -> {});
    opened(
        "… has both samples and the sub-directory x: …",
        data -> {
          write(data.resolve("a.npy"), 1, 4);
          Files.createDirectory(data.resolve("x"));
        });
    opened(
        "expected only .npy files, labels.csv and hidden ones among samples, found …",
        data -> Files.writeString(data.resolve("b.jpg"), ""));
    thrown(
        "… is 3x8x8, the model takes 4 dimensions, such as 1x3x224x224: …",
        () -> {
          Path data = folder();
          write(data.resolve("a.npy"), 3, 8, 8);
          SampleDirectory.open(data, load("models/convnet.pt"));
        });
    thrown(
        "… is 1x3x8x8:float64, expected 4 dimensions of float32, such as 1x3x32x32",
        () -> {
          Path data = folder();
          MemorySegment zeros = MemorySegment.ofArray(new double[192]);
          Npy.write(
              data.resolve("a.npy"), new NpyArray(DType.FLOAT64, Shape.of(1, 3, 8, 8), zeros));
          SampleDirectory.open(
              data,
              load("models/convnet.pt"),
              List.of((InputSpec.Generated) InputSpec.parse("1x3x32x32")));
        });
    said(
        "the sample a in … does not fit the input 'x': it is 1x3x8x8:float32, expected"
            + " 1x3x32x32:float32",
        () -> {
          Path data = folder();
          write(data.resolve("a.npy"), 1, 3, 8, 8);
          return told(
              "bench",
              fixture("models/convnet.pt"),
              "--data",
              data.toString(),
              "--input",
              "1x3x32x32");
        });
    benched(
        "labels need a score for each class as the first output, for one item, such as 1x1000; the"
            + " model returns 2x10:float32",
        "mlp",
        "a.npy,1",
        2,
        784);
    opened(
        "samples must have the same shape and dtype: …",
        data -> {
          write(data.resolve("a.npy"), 1, 4);
          write(data.resolve("b.npy"), 1, 5);
        });
    openedForTwo(
        "there is no file …, which belongs to …: each input has a file of each sample",
        data -> {
          for (String input : new String[] {"ids", "mask"}) {
            write(Files.createDirectory(data.resolve(input)).resolve("a.npy"), 1, 4);
          }
          write(data.resolve("ids/b.npy"), 1, 4);
        });
    openedForTwo(
        "the samples in … do not fit the model: there is no input for 'mask': …",
        data -> write(data.resolve("a.npy"), 1, 4));
    labelled(
        "…/labels.csv, line 1: expected a file and its label, such as cat.npy,7, found …",
        "a.npy 1");
    labelled("…/labels.csv: there is no label for …", "");
    benched(
        "… has the label 12, the model has scores for 10 classes, from 0 to 9",
        "mlp",
        "a.npy,12",
        1,
        784);
    said(
        "can't write samples to …: it is not empty",
        () -> {
          Path taken = folder();
          write(taken.resolve("a.npy"), 1, 784);
          return told("data", "mlp", "--output", taken.toString());
        });
  }

  /** What fills a directory. */
  private interface Filler {
    void fill(Path data) throws IOException;
  }

  private static void write(Path file, long... dims) {
    Shape shape = Shape.of(dims);
    float[] zeros = new float[(int) shape.elementCount()];
    Npy.write(file, new NpyArray(DType.FLOAT32, shape, MemorySegment.ofArray(zeros)));
  }

  private void opened(String message, Filler filler) {
    opened(message, "def forward(self, x):\n    return x\n", filler);
  }

  private void openedForTwo(String message, Filler filler) {
    opened(message, TWO_INPUTS, filler);
  }

  private void opened(String message, String source, Filler filler) {
    thrown(
        message,
        () -> {
          Path data = folder();
          filler.fill(data);
          SampleDirectory.open(data, script(source));
        });
  }

  private void labelled(String message, String line) {
    opened(
        message,
        data -> {
          write(data.resolve("a.npy"), 1, 4);
          Files.writeString(data.resolve("labels.csv"), line);
        });
  }

  private void benched(String message, String model, String labels, long... dims) {
    said(
        message,
        () -> {
          Path data = folder();
          write(data.resolve("a.npy"), dims);
          Files.writeString(data.resolve("labels.csv"), labels);
          return told("bench", model, "--data", data.toString());
        });
  }
}
