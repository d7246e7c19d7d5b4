package io.github.narthex.bundle;

import io.github.narthex.Model;
import io.github.narthex.Session;
import io.github.narthex.Tensor;
import io.github.narthex.Value;
import io.github.narthex.bundle.BundleSpec.ModelEntry;
import io.github.narthex.bundle.Configuration.Accuracy;
import io.github.narthex.bundle.Configuration.Limits;
import io.github.narthex.bundle.Configuration.Policy;
import io.github.narthex.bundle.Configuration.Run;
import io.github.narthex.io.InputSpec;
import io.github.narthex.models.Builtin;
import io.github.narthex.strategy.Recipe;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * What a bundle costs and what joining requests brings: nanoseconds of a session's run, of {@code
 * forward} and of {@code predict} by one caller; then requests a second of eight callers, one by
 * one and joined. All ways have turns, so that what disturbs one disturbs all. Printed are the
 * least time of a turn, and the medians of requests. The arguments are a built-in, a recipe,
 * instances, and the seconds for each turn; docs/bundle.md has the command.
 */
public final class BundleLoad {
  private static final int CALLERS = 8;
  private static final int ROUNDS = 11;
  private static final double WAIT_MS = 1;

  private BundleLoad() {}

  /** One way to call the model again and again. */
  private interface Way {
    void call();
  }

  /** Runs it and prints what came out. */
  public static void main(String[] args) throws Exception {
    Builtin builtin = Builtin.named(args[0]).orElseThrow();
    Recipe recipe = Recipe.parse(args[1]);
    int instances = Integer.parseInt(args[2]);
    double seconds = Double.parseDouble(args[3]);
    Path folder = Files.createTempDirectory("bundle-load");
    try {
      run(folder, builtin, recipe, instances, seconds);
    } finally {
      delete(folder);
    }
  }

  private static void run(
      Path folder, Builtin builtin, Recipe recipe, int instances, double seconds)
      throws InterruptedException {
    Path model = folder.resolve("model.pt");
    InputSpec input = builtin.inputs().getFirst();
    try (Arena arena = Arena.ofConfined()) {
      recipe.applyTo(arena, builtin.build(arena, 0)).save(model);
    }
    one(bundle(folder, model, recipe, input, 1, 1), input, seconds);
    List<Integer> batches = List.of(1, 2, 4, 8);
    List<Path> bundles = new ArrayList<>();
    for (int batch : batches) {
      bundles.add(bundle(folder, model, recipe, input, instances, batch));
    }
    many(bundles, batches, input, seconds);
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private static Path bundle(
      Path folder, Path model, Recipe recipe, InputSpec input, int instances, int batch) {
    Run run = new Run(1, instances, batch, batch > 1 ? WAIT_MS : 0, 1000);
    BundleSpec spec =
        new BundleSpec(
            ModelEntry.of(recipe, null),
            new Configuration(
                List.of(input), run, null, Limits.NONE, Accuracy.UNSET, null, Policy.STANDARD),
            null);
    Path bundle = folder.resolve("%dx%d".formatted(instances, batch));
    BundleWriter.write(bundle, spec, model, Map.of());
    return bundle;
  }

  private static void one(Path path, InputSpec spec, double seconds) {
    try (Bundle bundle = Bundle.open(path);
        Arena arena = Arena.ofConfined()) {
      Model model = bundle.model();
      Tensor input = input(arena, spec);
      Session session = Session.open(arena, model, Value.of(input));
      List<Way> ways =
          List.of(
              session::run,
              () -> {
                try (Arena call = Arena.ofConfined()) {
                  model.forward(call, input);
                }
              },
              () -> {
                try (Arena call = Arena.ofConfined()) {
                  bundle.predict(call, input);
                }
              });
      double[][] nanos = new double[ways.size()][ROUNDS];
      for (int round = -2; round < ROUNDS; round++) {
        for (int way = 0; way < ways.size(); way++) {
          double taken = nanosOf(ways.get(way), seconds);
          if (round >= 0) {
            nanos[way][round] = taken;
          }
        }
      }
      System.out.printf(
          Locale.ROOT,
          "one caller: session %,.0f ns, forward %,.0f ns, predict %,.0f ns%n",
          least(nanos[0]),
          least(nanos[1]),
          least(nanos[2]));
    }
  }

  /** Of processor time, which what else runs on the machine does not change. */
  private static double nanosOf(Way way, double seconds) {
    ThreadMXBean clock = ManagementFactory.getThreadMXBean();
    long end = System.nanoTime() + (long) (seconds * 1e9);
    long start = clock.getCurrentThreadCpuTime();
    long calls = 0;
    while (System.nanoTime() < end || calls == 0) {
      way.call();
      calls++;
    }
    return (double) (clock.getCurrentThreadCpuTime() - start) / calls;
  }

  private static void many(List<Path> paths, List<Integer> batches, InputSpec spec, double seconds)
      throws InterruptedException {
    List<Bundle> bundles = new ArrayList<>();
    try {
      paths.forEach(path -> bundles.add(Bundle.open(path)));
      double[][] perS = new double[bundles.size()][ROUNDS];
      double[][] cpuMs = new double[bundles.size()][ROUNDS];
      for (int round = -1; round < ROUNDS; round++) {
        for (int i = 0; i < bundles.size(); i++) {
          Turn turn = turn(bundles.get(i), spec, seconds);
          if (round >= 0) {
            perS[i][round] = turn.perS();
            cpuMs[i][round] = turn.cpuMs();
          }
        }
      }
      for (int i = 0; i < bundles.size(); i++) {
        double[] gain = new double[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
          gain[round] = perS[i][round] / perS[0][round];
        }
        System.out.printf(
            Locale.ROOT,
            "%d callers, batch %d: %,.1f requests/s, %.2f times one by one; %.4f ms of CPU each%n",
            CALLERS,
            batches.get(i),
            median(perS[i]),
            median(gain),
            median(cpuMs[i]));
      }
    } finally {
      bundles.forEach(Bundle::close);
    }
  }

  /**
   * What came of a turn.
   *
   * @param perS requests a second of all callers together
   * @param cpuMs the processors' time for each
   */
  private record Turn(double perS, double cpuMs) {}

  private static Turn turn(Bundle bundle, InputSpec spec, double seconds)
      throws InterruptedException {
    AtomicLong answered = new AtomicLong();
    CountDownLatch ready = new CountDownLatch(CALLERS);
    long[] end = new long[1];
    CountDownLatch go = new CountDownLatch(1);
    List<Thread> threads = new ArrayList<>();
    for (int caller = 0; caller < CALLERS; caller++) {
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    try (Arena arena = Arena.ofConfined()) {
                      Tensor input = input(arena, spec);
                      ready.countDown();
                      go.await();
                      while (System.nanoTime() < end[0]) {
                        try (Arena call = Arena.ofConfined()) {
                          bundle.predict(call, input);
                        }
                        answered.incrementAndGet();
                      }
                    } catch (InterruptedException e) {
                      Thread.currentThread().interrupt();
                    }
                  }));
    }
    ready.await();
    Duration cpu = cpuTime();
    long start = System.nanoTime();
    end[0] = start + (long) (seconds * 1e9);
    go.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
    double elapsed = System.nanoTime() - start;
    double used = cpuTime().minus(cpu).toNanos();
    return new Turn(answered.get() * 1e9 / elapsed, used / 1e6 / answered.get());
  }

  private static Duration cpuTime() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
  }

  private static Tensor input(Arena arena, InputSpec spec) {
    if (!(spec instanceof InputSpec.Generated made)) {
      throw new IllegalArgumentException("expected an input that is made up, got " + spec);
    }
    return Tensor.of(
        arena, arena.allocate(made.shape().byteSize(made.dtype()), 64), made.dtype(), made.shape());
  }

  private static double least(double[] values) {
    return Arrays.stream(values).min().orElseThrow();
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
