package io.github.narthex.bench;

import io.github.narthex.load.Load;
import io.github.narthex.load.Plan;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The main class of a real process that answers, or does worse, as its argument says. */
final class FakeWorker {
  private FakeWorker() {}

  /** Starts a process that does so. */
  static WorkerCommand command(String behaviour) {
    return new WorkerCommand(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx64m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            FakeWorker.class.getName(),
            behaviour));
  }

  /** Answers each request in the way that the first argument names. */
  public static void main(String[] arguments) throws Exception {
    Protocol protocol = new Protocol();
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    System.err.println("the log");
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      switch (arguments[0]) {
        case "answer" -> answer(protocol);
        case "load" -> load(protocol, protocol.request(line));
        case "chatter" -> {
          System.out.println("native code says something");
          System.out.print("and does not end its line");
          answer(protocol);
        }
        case "hang" -> Thread.sleep(600_000);
        case "exit" -> System.exit(3);
        case "kill" -> kill();
        case "heap" -> System.out.println(new long[Integer.MAX_VALUE / 2].length);
        default -> throw new IllegalArgumentException(arguments[0]);
      }
    }
  }

  private static void answer(Protocol protocol) {
    answer(protocol, new Protocol.Loaded(1, 2, List.of()));
  }

  private static void answer(Protocol protocol, Protocol.Reply reply) {
    System.out.print(protocol.encode(new Protocol.Answer(reply, new PeakMemory(345, 67))) + "\n");
    System.out.flush();
  }

  /** Serves a load, unless more than three callers come: then it ends. */
  private static void load(Protocol protocol, Protocol.@Nullable Request request)
      throws IOException, InterruptedException {
    switch (request) {
      case Protocol.Load load ->
          answer(protocol, new Protocol.Loaded(1, 2, List.of(load.recipe())));
      case Protocol.Hold hold -> answer(protocol, new Protocol.Held(hold.samples().size()));
      case Protocol.WarmUp _ -> answer(protocol, new Protocol.WarmedUp(9, true, 1000));
      case Protocol.Drive drive -> {
        if (drive.plan() instanceof Plan.Closed closed && closed.callers() > 3) {
          kill();
        }
        Load load = Load.startingAt(drive.plan(), 1, System.nanoTime());
        load.serve(0, (server, sample) -> {});
        answer(protocol, new Protocol.Driven(load.outcome(), Disturbance.NONE));
      }
      case null, default -> throw new IllegalArgumentException(String.valueOf(request));
    }
  }

  private static void kill() throws IOException, InterruptedException {
    int _ =
        new ProcessBuilder("kill", "-9", Long.toString(ProcessHandle.current().pid()))
            .inheritIO()
            .start()
            .waitFor();
  }
}
