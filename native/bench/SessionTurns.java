import io.github.narthex.Model;
import io.github.narthex.Session;
import io.github.narthex.Value;
import io.github.narthex.bench.ProcessFacts;
import io.github.narthex.io.InputSpec;
import io.github.narthex.io.ModelInputs;
import io.github.narthex.models.Builtin;
import io.github.narthex.strategy.Recipe;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/**
 * What baseline.cpp does, through a Session, in turns as turns.sh has them. Run as a source file.
 * INPUT is as {@code --input} has it, one for each argument of the model.
 *
 * <pre>
 *   SessionTurns save BUILTIN FILE
 *   SessionTurns turns FILE INPUT[,INPUT...] RECIPE THREADS
 *   SessionTurns reloads FILE INPUT[,INPUT...]
 * </pre>
 */
final class SessionTurns {
  /** As in baseline.cpp. */
  private static final int WARM_UP = 12;

  private static final long SETTLING_NANOS = 2_000_000_000;

  public static void main(String[] args) throws Exception {
    switch (args[0]) {
      case "save" -> {
        try (Arena arena = Arena.ofConfined()) {
          Builtin.named(args[1]).orElseThrow().build(arena, 1).save(Path.of(args[2]));
        }
      }
      case "turns" -> turns(Path.of(args[1]), args[2], Recipe.parse(args[3]), Integer.parseInt(args[4]));
      case "reloads" -> reloads(Path.of(args[1]), args[2]);
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  /** Answers lines that begin with a word, by what it makes of the numbers after it. */
  private static void serve(String word, Function<int[], String> answer) throws IOException {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    System.out.println("ready");
    for (String line = in.readLine();
        line != null && line.startsWith(word + " ");
        line = in.readLine()) {
      String numbers = line.substring(word.length() + 1);
      System.out.println(
          answer.apply(Stream.of(numbers.split(" ")).mapToInt(Integer::parseInt).toArray()));
    }
  }

  private static void turns(Path file, String inputs, Recipe recipe, int threads)
      throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      Session session = open(arena, file, inputs, recipe, threads);
      sample(session, WARM_UP);
      long end = System.nanoTime() + SETTLING_NANOS;
      while (System.nanoTime() < end) {
        sample(session, 1);
      }
      serve(
          "turn",
          numbers ->
              DoubleStream.generate(() -> sample(session, numbers[1]))
                  .limit(numbers[0])
                  .mapToObj(millis -> String.format(Locale.ROOT, "%.6f", millis))
                  .collect(Collectors.joining(" ")));
    }
    System.out.println("{\"peak_rss_bytes\": " + ProcessFacts.ofThisProcess().peakRssBytes() + "}");
  }

  private static void reloads(Path file, String inputs) throws IOException {
    serve(
        "reload",
        numbers -> {
          for (int i = 0; i < numbers[0]; i++) {
            try (Arena arena = Arena.ofConfined()) {
              sample(open(arena, file, inputs, Recipe.EAGER, 1), 1);
            }
          }
          return "done";
        });
  }

  /** The mean of so many runs one after the other, in milliseconds. */
  private static double sample(Session session, int runs) {
    long start = System.nanoTime();
    for (int i = 0; i < runs; i++) {
      session.run();
    }
    return (System.nanoTime() - start) * 1e-6 / runs;
  }

  private static Session open(Arena arena, Path file, String inputs, Recipe recipe, int threads) {
    List<InputSpec> specs = Stream.of(inputs.split(",")).map(InputSpec::parse).toList();
    try (Arena loading = Arena.ofConfined()) {
      Model model = recipe.applyTo(arena, Model.load(loading, file)).withThreads(threads);
      Map<String, Value> values = ModelInputs.of(model, specs, 0).sample(arena, 0);
      return Session.open(arena, model, "forward", List.of(), values);
    }
  }
}
