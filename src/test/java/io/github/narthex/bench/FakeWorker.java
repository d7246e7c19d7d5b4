package io.github.narthex.bench;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The main class of a real process that answers, or does worse, as its argument says. */
final class FakeWorker {
  private FakeWorker() {}

  /** Answers each request in the way that the first argument names. */
  public static void main(String[] arguments) throws Exception {
    Protocol protocol = new Protocol();
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    System.err.println("the log");
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      switch (arguments[0]) {
        case "answer" -> answer(protocol);
        case "chatter" -> {
          System.out.println("native code says something");
          System.out.print("and does not end its line");
          answer(protocol);
        }
        case "hang" -> Thread.sleep(600_000);
        case "exit" -> System.exit(3);
        case "kill" ->
            new ProcessBuilder("kill", "-9", Long.toString(ProcessHandle.current().pid()))
                .inheritIO()
                .start()
                .waitFor();
        case "heap" -> System.out.println(new long[Integer.MAX_VALUE / 2].length);
        default -> throw new IllegalArgumentException(arguments[0]);
      }
    }
  }

  private static void answer(Protocol protocol) {
    System.out.print(
        protocol.encode(new Protocol.Answer(new Protocol.Loaded(1, 2, List.of()), 345)) + "\n");
    System.out.flush();
  }
}
