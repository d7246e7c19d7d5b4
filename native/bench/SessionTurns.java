import io.github.narthex.Device;
import io.github.narthex.DeviceMemory;
import io.github.narthex.Model;
import io.github.narthex.ModelFormat;
import io.github.narthex.ModelPackage;
import io.github.narthex.Session;
import io.github.narthex.Stream;
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
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;

/**
 * What baseline.cpp does, through a Session, in turns as turns.sh has them. Run as a source file.
 * INPUT is as {@code --input} has it, one for each argument of the model.
 *
 * <pre>
 *   SessionTurns save BUILTIN FILE
 *   SessionTurns turns FILE INPUT[,INPUT...] RECIPE THREADS [DEVICE]
 *   SessionTurns replays FILE INPUT[,INPUT...] DEVICE COUNT
 *   SessionTurns reloads FILE INPUT[,INPUT...]
 * </pre>
 *
 * On a device, inputs are there before and outputs stay there; a sample ends when the device is
 * done. A recipe that ends in cudagraphs is then of the model on the device, recorded. {@code
 * replays} replays so often, and prints the memory after each tenth.
 */
final class SessionTurns {
  /** As in baseline.cpp. */
  private static final int WARM_UP = 12;

  private static final long SETTLING_NANOS = 2_000_000_000;
  private static final String RECORDED = "cudagraphs";

  public static void main(String[] args) throws Exception {
    switch (args[0]) {
      case "save" -> {
        try (Arena arena = Arena.ofConfined()) {
          Builtin.named(args[1]).orElseThrow().build(arena, 1).save(Path.of(args[2]));
        }
      }
      case "turns" ->
          turns(
              Path.of(args[1]),
              args[2],
              args[3],
              Integer.parseInt(args[4]),
              args.length > 5 ? Device.parse(args[5]) : Device.CPU);
      case "replays" ->
          replays(Path.of(args[1]), args[2], Device.parse(args[3]), Integer.parseInt(args[4]));
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
          answer.apply(Arrays.stream(numbers.split(" ")).mapToInt(Integer::parseInt).toArray()));
    }
  }

  private static void turns(Path file, String inputs, String recipe, int threads, Device device)
      throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      Session session =
          device.isCpu()
              ? open(arena, file, inputs, Recipe.parse(recipe), threads)
              : openOn(arena, file, inputs, recipe, device);
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

  private static void replays(Path file, String inputs, Device device, int count) {
    try (Arena arena = Arena.ofConfined()) {
      Session session = openOn(arena, file, inputs, RECORDED, device);
      ProcessFacts facts = ProcessFacts.ofThisProcess();
      for (int tenth = 0; tenth <= 10; tenth++) {
        System.out.printf(
            "%,d replays: %.1f MB in RAM, %,d bytes of the device%n",
            (long) count * tenth / 10,
            facts.rssBytes() / 1e6,
            DeviceMemory.of(device).reservedBytes());
        sample(session, tenth == 10 ? 0 : count / 10);
      }
    }
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
    session.synchronize();
    return (System.nanoTime() - start) * 1e-6 / runs;
  }

  private static Session openOn(
      Arena arena, Path file, String inputs, String recipe, Device device) {
    boolean isRecorded = recipe.endsWith(RECORDED);
    String steps = recipe.replaceFirst("\\+?" + RECORDED + "$", "");
    List<InputSpec> specs = Arrays.stream(inputs.split(",")).map(InputSpec::parse).toList();
    try (Arena loading = Arena.ofConfined()) {
      boolean isPackage = ModelFormat.detect(file) == ModelFormat.AOT_INDUCTOR;
      Model loaded =
          isPackage
              ? Model.load(loading, file, device, ModelPackage.Options.DEFAULT)
              : Model.load(loading, file, device);
      Model model =
          Recipe.parse(steps.isEmpty() ? "eager" : steps)
              .applyTo(arena, loaded)
              .withStream(Stream.of(device));
      Map<String, Value> values =
          new LinkedHashMap<>(ModelInputs.of(model, specs, 0).sample(arena, 0));
      values.replaceAll((name, value) -> value.withTensors(tensor -> tensor.to(device)));
      Session session = Session.open(arena, model, "forward", List.of(), values);
      if (isRecorded) {
        session.record(WARM_UP);
      }
      return session;
    }
  }

  private static Session open(Arena arena, Path file, String inputs, Recipe recipe, int threads) {
    List<InputSpec> specs = Arrays.stream(inputs.split(",")).map(InputSpec::parse).toList();
    try (Arena loading = Arena.ofConfined()) {
      Model model = recipe.applyTo(arena, Model.load(loading, file)).withThreads(threads);
      Map<String, Value> values = ModelInputs.of(model, specs, 0).sample(arena, 0);
      return Session.open(arena, model, "forward", List.of(), values);
    }
  }
}
