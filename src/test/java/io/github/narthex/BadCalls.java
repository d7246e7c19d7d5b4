package io.github.narthex;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Calls the library with random arguments, of which few fit. Each call follows from its seed alone.
 * {@link BadCallsTest} runs it in a JVM of its own, for libtorch might crash.
 */
final class BadCalls {
  /** Names the call that is under way: what is left to know if it ends the process. */
  static final String LAST_CALL = "last-call.txt";

  private static final int HANGS_AFTER_SECONDS = 30;

  private final BadOperatorCalls operators;
  private final BadMethodCalls methods;
  private final Unusable unusable = Unusable.make();
  private final FileChannel lastCall;
  private final AtomicLong finished = new AtomicLong();
  private int accepted;
  private int refused;
  private int failures;

  private BadCalls(Path fixtures) throws IOException {
    operators = new BadOperatorCalls(fixtures.resolve("fuzz"));
    methods = new BadMethodCalls(fixtures);
    lastCall =
        FileChannel.open(Path.of(LAST_CALL), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
  }

  /** Arguments: the folder of fixtures, the first seed, and the first that is not used. */
  public static void main(String[] arguments) throws Exception {
    BadCalls calls = new BadCalls(Path.of(arguments[0]));
    calls.watch();
    for (long seed = Long.parseLong(arguments[1]); seed < Long.parseLong(arguments[2]); seed++) {
      calls.run(seed);
    }
    System.out.printf(
        "%d accepted, %d refused, %d failures%n", calls.accepted, calls.refused, calls.failures);
    // Not by the end of main: a confined arena of another thread is still in use.
    System.exit(calls.failures == 0 ? 0 : 1);
  }

  private void run(long seed) throws IOException {
    LiveHandles before = LiveHandles.now();
    BadCall call = null;
    try (Arena arena = seed % 2 == 0 ? Arena.ofConfined() : Arena.ofShared()) {
      BadArguments arguments = new BadArguments(new Random(seed), arena, unusable);
      call = seed % 10 < 6 ? operators.next(arguments) : methods.next(arguments);
      note(seed, call);
      call.code().run();
      accepted++;
    } catch (Throwable e) {
      if (isDocumented(e)) {
        refused++;
      } else {
        failures++;
        System.out.println("seed " + seed + ": " + (call == null ? "" : call.name()));
        e.printStackTrace(System.out);
      }
    }
    finished.incrementAndGet();
    if (!before.equals(LiveHandles.now())) {
      failures++;
      System.out.println(
          "seed %d: %s leaks: %s, now %s"
              .formatted(seed, call == null ? "" : call.name(), before, LiveHandles.now()));
    }
  }

  private static boolean isDocumented(Throwable e) {
    String message = String.valueOf(e.getMessage());
    return switch (e) {
      case NarthexException _ -> !message.contains("\n");
      case IllegalArgumentException _,
          IllegalStateException _,
          WrongThreadException _,
          IndexOutOfBoundsException _,
          ArithmeticException _,
          UncheckedIOException _ ->
          true;
      default -> false;
    };
  }

  private void note(long seed, BadCall call) throws IOException {
    lastCall.truncate(0);
    lastCall.write(ByteBuffer.wrap(("seed " + seed + ": " + call.name()).getBytes(UTF_8)), 0);
  }

  /** Ends the process when a call takes too long. */
  private void watch() {
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              long seen = -1;
              while (seen != finished.get()) {
                seen = finished.get();
                try {
                  Thread.sleep(HANGS_AFTER_SECONDS * 1000L);
                } catch (InterruptedException e) {
                  return;
                }
              }
              Runtime.getRuntime().halt(3);
            });
  }
}
