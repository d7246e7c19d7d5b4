package example;

import io.github.narthex.DType;
import io.github.narthex.Model;
import io.github.narthex.Session;
import io.github.narthex.Shape;
import io.github.narthex.Tensor;
import io.github.narthex.Value;
import io.github.narthex.models.Builtin;
import io.github.narthex.strategy.Recipe;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/** Runs an image classifier on a picture that Java paints, and prints the best five classes. */
public final class Classify {
  private static final int SIDE = 224;

  private Classify() {}

  /** The argument is a TorchScript file; without one, a ResNet-18 with random weights is used. */
  public static void main(String[] args) {
    try (Arena arena = Arena.ofConfined()) {
      Model model =
          args.length > 0 ? Model.load(arena, Path.of(args[0])) : Builtin.RESNET18.build(arena, 0);
      Model fast = Recipe.parse("onednn-graph+channels-last").applyTo(arena, model);

      // The picture's memory is the model's input: what Java writes, libtorch reads.
      MemorySegment pixels = arena.allocate(3L * SIDE * SIDE * Float.BYTES, 64);
      Tensor image = Tensor.of(arena, pixels, DType.FLOAT32, Shape.of(1, 3, SIDE, SIDE));
      Session session = Session.open(arena, fast, Value.of(image));

      for (int frame = 0; frame < 3; frame++) {
        paint(pixels, frame);
        session.run();
        printBest(frame, session.output(0).toFloatArray());
      }
    }
  }

  /** A disc that wanders over a gradient, normalised as torchvision's models expect it. */
  private static void paint(MemorySegment pixels, int frame) {
    for (int channel = 0; channel < 3; channel++) {
      for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
          boolean inside = Math.hypot(x - 60.0 - 40 * frame, y - 112.0) < 50;
          double value = inside ? 0.9 - 0.2 * channel : (double) (x + y) / (2 * SIDE);
          long index = ((long) channel * SIDE + y) * SIDE + x;
          pixels.setAtIndex(ValueLayout.JAVA_FLOAT, index, (float) ((value - 0.45) / 0.225));
        }
      }
    }
  }

  private static void printBest(int frame, float[] scores) {
    StringBuilder line = new StringBuilder("frame " + frame + ":");
    for (int rank = 0; rank < 5; rank++) {
      int best = 0;
      for (int i = 1; i < scores.length; i++) {
        best = scores[i] > scores[best] ? i : best;
      }
      line.append(String.format("  class %d (%.2f)", best, scores[best]));
      scores[best] = Float.NEGATIVE_INFINITY;
    }
    System.out.println(line);
  }
}
