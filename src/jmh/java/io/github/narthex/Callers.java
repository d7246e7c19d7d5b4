package io.github.narthex;

import io.github.narthex.models.Builtin;
import io.github.narthex.strategy.Recipe;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What becomes of a model that many threads call: the latency of one thread before and after a
 * second one has run a forward, and then a number of forwards from eight threads with their
 * answers, the process's memory and the live handles. The arguments are a built-in, a recipe,
 * intra-op threads and the number of forwards; docs/numbers.md has the command.
 */
public final class Callers {
  private static final int CALLERS = 8;
  private static final int ROUNDS = 10;
  private static final int SAMPLES = 100;
  private static final double TOLERANCE = 1e-4;

  private Callers() {}

  /** A caller's own session, and the answer to its own input. */
  private record Caller(Session session, List<Float> expected) {}

  /** Runs it and prints what came out. */
  public static void main(String[] args) throws Exception {
    Builtin builtin = Builtin.named(args[0]).orElseThrow();
    Recipe recipe = Recipe.parse(args[1]);
    int threads = Integer.parseInt(args[2]);
    int forwards = Integer.parseInt(args[3]);
    try (Arena arena = Arena.ofShared()) {
      Model model = recipe.applyTo(arena, builtin.build(arena, 0)).withThreads(threads);
      List<Caller> callers = new ArrayList<>();
      for (int i = 0; i < CALLERS; i++) {
        callers.add(caller(arena, builtin, model, i));
      }
      print("%s %s, %d intra-op threads", builtin.id(), recipe, threads);
      beside(callers.get(0), callers.get(1));
      together(callers, forwards);
    }
  }

  private static Caller caller(Arena arena, Builtin builtin, Model model, int sample) {
    Session session = ThreadPlans.session(arena, model, builtin.inputs(), sample);
    for (int i = 0; i < 4; i++) {
      session.run();
    }
    return new Caller(session, answer(session));
  }

  private static List<Float> answer(Session session) {
    List<Float> list = new ArrayList<>();
    for (float element : session.output(0).toFloatArray()) {
      list.add(element);
    }
    return list;
  }

  /** One caller alone, and while a second thread that has run a forward lives. */
  private static void beside(Caller first, Caller second) throws InterruptedException {
    double alone = medianMillis(first);
    CountDownLatch hasRun = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    Thread thread =
        Thread.ofPlatform()
            .start(
                () -> {
                  second.session().run();
                  hasRun.countDown();
                  await(end);
                });
    await(hasRun);
    double beside = medianMillis(first);
    end.countDown();
    thread.join();
    print(
        "p50 %.3f ms alone, %.3f ms beside an idle second caller: %.2f times",
        alone, beside, beside / alone);
  }

  private static double medianMillis(Caller caller) {
    long[] nanos = new long[SAMPLES];
    for (int i = 0; i < SAMPLES; i++) {
      long start = System.nanoTime();
      caller.session().run();
      nanos[i] = System.nanoTime() - start;
    }
    Arrays.sort(nanos);
    return nanos[SAMPLES / 2] / 1e6;
  }

  private static void together(List<Caller> callers, int forwards) throws Exception {
    round(callers, CALLERS); // every session holds an answer from here on
    LiveHandles handles = LiveHandles.now();
    List<String> megabytes = new ArrayList<>(List.of(rssMegabytes()));
    long wrong = 0;
    long start = System.nanoTime();
    for (int i = 0; i < ROUNDS; i++) {
      wrong += round(callers, forwards / ROUNDS);
      megabytes.add(rssMegabytes());
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    print(
        "%d forwards from %d threads: %.1f a second, %d wrong answers",
        forwards, CALLERS, forwards / seconds, wrong);
    print("RSS in MB, before and after each of %d rounds: %s", ROUNDS, megabytes);
    print("live handles before %s, after %s", handles, LiveHandles.now());
  }

  /** The number of wrong answers. */
  private static long round(List<Caller> callers, int forwards) throws InterruptedException {
    AtomicLong wrong = new AtomicLong();
    List<Thread> threads = new ArrayList<>();
    for (Caller caller : callers) {
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int i = 0; i < forwards / CALLERS; i++) {
                      caller.session().run();
                      if (!agrees(answer(caller.session()), caller.expected())) {
                        wrong.incrementAndGet();
                      }
                    }
                  }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    return wrong.get();
  }

  private static boolean agrees(List<Float> answer, List<Float> expected) {
    for (int i = 0; i < expected.size(); i++) {
      float right = expected.get(i);
      if (!(Math.abs(answer.get(i) - right) <= TOLERANCE * Math.max(1, Math.abs(right)))) {
        return false;
      }
    }
    return answer.size() == expected.size();
  }

  private static String rssMegabytes() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmRSS"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .mapToObj(kilobytes -> String.format(Locale.ROOT, "%.1f", kilobytes * 1024 / 1e6))
        .findFirst()
        .orElseThrow();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @SuppressWarnings("AnnotateFormatMethod") // would need Error Prone's annotations at run time
  private static void print(String format, Object... arguments) {
    System.out.println(String.format(Locale.ROOT, format, arguments));
  }
}
