package io.github.narthex.report;

import io.github.narthex.bench.Progress;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Shows progress: on a terminal one line that is rewritten, otherwise a plain line for each tenth.
 */
public final class ProgressBar implements Progress, AutoCloseable {
  private static final int BAR = 24;
  private static final int COLUMNS = 79;
  private static final int STEPS = 10;
  private static final String START_OF_LINE = "\r";
  private static final String CLEAR_LINE = "\u001b[K";

  private final PrintStream out;
  private final boolean terminal;
  private int lastStep = -1;

  /**
   * A bar.
   *
   * @param terminal whether {@code out} is one
   */
  public ProgressBar(PrintStream out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  /** A bar on standard error. */
  public static ProgressBar onStandardError() {
    return new ProgressBar(System.err, isTerminal(2));
  }

  @Override
  public void update(String what, double fraction) {
    int percent = (int) Math.floor(100 * fraction);
    if (terminal) {
      int full = (int) Math.round(BAR * fraction);
      String line =
          "[%s%s] %3d %%  %s".formatted("#".repeat(full), "-".repeat(BAR - full), percent, what);
      out.print(START_OF_LINE + line.substring(0, Math.min(line.length(), COLUMNS)) + CLEAR_LINE);
      out.flush();
    } else if (STEPS * percent / 100 > lastStep) {
      lastStep = STEPS * percent / 100;
      out.printf("%3d %%  %s%n", percent, what);
    }
  }

  /** Takes the line away. */
  @Override
  public void close() {
    if (terminal) {
      out.print(START_OF_LINE + CLEAR_LINE);
      out.flush();
    }
  }

  /** Whether a file descriptor of this process is a terminal; the JDK can't tell for stderr. */
  private static boolean isTerminal(int descriptor) {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }
}
