package io.github.narthex;

import io.github.narthex.io.InputGuess;
import io.github.narthex.io.InputSpec;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * How forwards of an AOTInductor package scale with its runners: 1, 2 and 4 threads, each with a
 * session of its own and one intra-op thread, on the package loaded with 1, 2 and 4 runners. The
 * arguments are the package, the seconds for each cell, and its inputs where it does not say them;
 * docs/numbers.md has the command.
 *
 * <p>All cells take turns. A cell has the forwards a second of all its threads, the median of the
 * turns, and how many times it is what one thread with one runner did in the same round, with the
 * least and the most of the rounds.
 */
public final class PackageRunners {
  private static final List<Integer> COUNTS = List.of(1, 2, 4);
  private static final int ROUNDS = 9;

  private PackageRunners() {}

  /** The sessions of so many threads on so many runners, and what they did in each round. */
  private record Cell(int runners, List<Session> sessions, List<Double> perSecond) {
    /** How many times it is what the other did in the same round. */
    List<Double> times(Cell other) {
      return IntStream.range(0, ROUNDS)
          .mapToObj(round -> perSecond.get(round) / other.perSecond().get(round))
          .toList();
    }
  }

  /** Runs it and prints the table. */
  public static void main(String[] args) throws InterruptedException {
    Path file = Path.of(args[0]);
    double seconds = Double.parseDouble(args[1]) / ROUNDS;
    List<InputSpec> inputs = Stream.of(args).skip(2).map(InputSpec::parse).toList();
    try (Arena arena = Arena.ofShared()) {
      List<Cell> cells = open(arena, file, inputs);
      cells.forEach(cell -> cell.sessions().forEach(Session::run));
      for (int round = 0; round < ROUNDS; round++) {
        for (Cell cell : cells) {
          ClosedLoop.Result result = ClosedLoop.run(cell.sessions(), Thread.ofPlatform(), seconds);
          cell.perSecond().add(result.perSecond());
        }
      }
      print(file, cells);
    }
  }

  private static List<Cell> open(Arena arena, Path file, List<InputSpec> given) {
    List<Cell> cells = new ArrayList<>();
    for (int runners : COUNTS) {
      ModelPackage.Options options = ModelPackage.Options.DEFAULT.withRunners(runners);
      Model model = Model.load(arena, file, Device.CPU, options).withThreads(1);
      List<InputSpec> inputs =
          given.isEmpty() ? InputGuess.ofPackage(model.packageSpec().orElseThrow()) : given;
      for (int callers : COUNTS) {
        List<Session> sessions = new ArrayList<>();
        for (int i = 0; i < callers; i++) {
          sessions.add(ThreadPlans.session(arena, model, inputs, i));
        }
        cells.add(new Cell(runners, sessions, new ArrayList<>()));
      }
    }
    return cells;
  }

  private static void print(Path file, List<Cell> cells) {
    print(
        "%s, libtorch %s, %d processors; forwards/s (times one thread with one runner)",
        file.getFileName(), Version.libtorch(), Runtime.getRuntime().availableProcessors());
    print("threads %29s %29s %29s", "1 runner", "2 runners", "4 runners");
    for (int callers : COUNTS) {
      String row =
          cells.stream()
              .filter(cell -> cell.sessions().size() == callers)
              .map(cell -> text(cell, cells.getFirst()))
              .collect(Collectors.joining(" "));
      print("%7d %s", callers, row);
    }
  }

  private static String text(Cell cell, Cell first) {
    List<Double> rates = cell.perSecond().stream().sorted().toList();
    List<Double> times = cell.times(first).stream().sorted().toList();
    return String.format(
        Locale.ROOT,
        "%10.1f (%.2f [%.2f, %.2f])",
        rates.get(ROUNDS / 2),
        times.get(ROUNDS / 2),
        times.getFirst(),
        times.getLast());
  }

  @SuppressWarnings("AnnotateFormatMethod") // would need Error Prone's annotations at run time
  private static void print(String format, Object... arguments) {
    System.out.println(String.format(Locale.ROOT, format, arguments));
  }
}
