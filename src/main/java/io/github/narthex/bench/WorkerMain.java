package io.github.narthex.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
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
    PrintStream replies = System.out;
    // Whatever else prints, here or in a library, must not be taken for an answer.
    System.setOut(System.err);
    BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    Thread.ofPlatform().daemon().name("requests").start(() -> read(lines));
    try (Engine engine = new TorchEngine()) {
      new WorkerLoop(engine, System::nanoTime, ProcessFacts.ofThisProcess())
          .run(() -> take(lines), replies);
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
