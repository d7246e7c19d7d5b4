import io.github.narthex.DType;
import io.github.narthex.Model;
import io.github.narthex.Session;
import io.github.narthex.Shape;
import io.github.narthex.Tensor;
import io.github.narthex.Value;
import io.github.narthex.models.Builtin;
import io.github.narthex.strategy.Recipe;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.StringJoiner;

/**
 * The Java side of compare.sh: what baseline.cpp does, through a Session. Run as a source file.
 *
 * <pre>
 *   SessionTurns save BUILTIN FILE
 *   SessionTurns turns FILE SHAPE RECIPE THREADS
 * </pre>
 */
final class SessionTurns {
  /** As in baseline.cpp. */
  private static final int WARM_UP = 12;

  public static void main(String[] args) throws Exception {
    if (args[0].equals("save")) {
      try (Arena arena = Arena.ofConfined()) {
        Builtin.named(args[1]).orElseThrow().build(arena, 1).save(Path.of(args[2]));
      }
    } else {
      turns(Path.of(args[1]), Shape.parse(args[2]), Recipe.parse(args[3]), Integer.parseInt(args[4]));
    }
  }

  private static void turns(Path file, Shape shape, Recipe recipe, int threads) throws Exception {
    try (Arena arena = Arena.ofConfined()) {
      Session session = open(arena, file, shape, recipe, threads);
      for (int i = 0; i < WARM_UP; i++) {
        session.run();
      }
      BufferedReader in =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      System.out.println("ready");
      for (String line = in.readLine();
          line != null && line.startsWith("turn ");
          line = in.readLine()) {
        int count = Integer.parseInt(line.substring("turn ".length()));
        StringJoiner samples = new StringJoiner(" ");
        for (int i = 0; i < count; i++) {
          long start = System.nanoTime();
          session.run();
          samples.add(String.format(Locale.ROOT, "%.4f", (System.nanoTime() - start) * 1e-6));
        }
        System.out.println(samples);
      }
    }
    System.out.println("{\"peak_rss_bytes\": " + peakRssBytes() + "}");
  }

  private static Session open(Arena arena, Path file, Shape shape, Recipe recipe, int threads) {
    MemorySegment data = arena.allocate(shape.elementCount() * Float.BYTES, 64);
    for (long i = 0; i < shape.elementCount(); i++) {
      data.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) Math.sin(i * 0.01));
    }
    Tensor input = Tensor.of(arena, data, DType.FLOAT32, shape);
    try (Arena loading = Arena.ofConfined()) {
      Model model = recipe.applyTo(arena, Model.load(loading, file)).withThreads(threads);
      return Session.open(arena, model, Value.of(input));
    }
  }

  private static long peakRssBytes() throws Exception {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmHWM:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
      }
    }
    return 0;
  }
}
