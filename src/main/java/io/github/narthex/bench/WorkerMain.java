package io.github.narthex.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/** The body of a worker process. */
public final class WorkerMain {
  private WorkerMain() {}

  /**
   * Answers the coordinator over standard input and output. Ends the process at once when standard
   * input closes, since then the coordinator is gone.
   */
  public static void run() {
    volunteer(Path.of("/proc/self/oom_score_adj"));
    PrintStream replies = System.out;
    // Whatever else prints, here or in a library, must not be taken for an answer.
    System.setOut(System.err);
    BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    Thread.ofPlatform().daemon().name("requests").start(() -> read(lines));
    try (Engine engine = new TorchEngine()) {
      new WorkerLoop(engine, System::nanoTime, ProcessFacts.withPauses())
          .run(() -> take(lines), replies);
    }
  }

  /**
   * Has the kernel, where memory runs out, end this process before all others: it is the one that
   * tries how much fits, and its end is a row of the result.
   */
  static void volunteer(Path adjustment) {
    try {
      Files.writeString(adjustment, "1000", StandardOpenOption.WRITE);
    } catch (IOException e) {
      // Not Linux, or a sandbox: then the kernel chooses as it does.
    }
  }

  private static void read(BlockingQueue<String> lines) {
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        lines.add(line);
      }
    } catch (IOException e) {
      System.err.println("cannot read requests: " + e.getMessage());
    }
    // In the middle of a forward nobody would look into the queue.
    Runtime.getRuntime().halt(1);
  }

  private static @Nullable String take(BlockingQueue<String> lines) {
    try {
      return lines.take();
    } catch (InterruptedException e) {
      return null;
    }
  }
}
