package io.github.narthex.internal.torch;

import io.github.narthex.DType;
import io.github.narthex.GpuSwitch;
import io.github.narthex.GradMode;
import io.github.narthex.MemoryFormat;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How a model is run, as the text of an extra file in its archive: a line {@code key=value} for
 * each option that is not as it is for any model.
 */
public final class RunFile {
  /** The name of the file. */
  public static final String NAME = "narthex-run";

  private RunFile() {}

  /** The text; empty for options that say nothing. */
  public static String write(RunOptions options) {
    StringBuilder text = new StringBuilder();
    if (options.gradMode() != GradMode.INFERENCE) {
      line(text, "grad-mode", options.gradMode().name());
    }
    switch (options.fuser()) {
      case NONE -> {}
      case ONEDNN_GRAPH -> line(text, "onednn-graph", "true");
      case PREPACKED -> line(text, "prepacked", "true");
    }
    if (options.dtype() != null) {
      line(text, "dtype", options.dtype().name());
    }
    if (options.memoryFormat() != MemoryFormat.PRESERVE) {
      line(text, "memory-format", options.memoryFormat().name());
    }
    if (options.flushDenormals()) {
      line(text, "flush-denormals", "true");
    }
    if (!options.onDevice().switches().isEmpty()) {
      line(text, "gpu-switches", join(options.onDevice().switches()));
    }
    if (options.chosenThreads() != 0) {
      line(text, "threads", Integer.toString(options.chosenThreads()));
    }
    return text.toString();
  }

  private static String join(Set<GpuSwitch> switches) {
    return switches.stream().sorted().map(Enum::name).collect(Collectors.joining(","));
  }

  private static void line(StringBuilder text, String key, String value) {
    text.append(key).append('=').append(value.toLowerCase(Locale.ROOT)).append('\n');
  }

  /**
   * The options with what the text says.
   *
   * @throws IllegalArgumentException if a line is not one that this version writes; says which
   */
  public static RunOptions read(String text, RunOptions options) {
    RunOptions result = options;
    for (String line : text.lines().toList()) {
      result = option(line, result);
    }
    return result;
  }

  private static RunOptions option(String line, RunOptions options) {
    int sign = line.indexOf('=');
    String key = line.substring(0, Math.max(sign, 0));
    String value = line.substring(sign + 1).toUpperCase(Locale.ROOT);
    try {
      return switch (key) {
        case "grad-mode" -> options.with(GradMode.valueOf(value));
        case "onednn-graph" ->
            value.equals("TRUE") ? options.with(Fuser.ONEDNN_GRAPH) : unknown(line);
        case "prepacked" -> value.equals("TRUE") ? options.with(Fuser.PREPACKED) : unknown(line);
        case "flush-denormals" ->
            value.equals("TRUE") ? options.flushingDenormals() : unknown(line);
        case "gpu-switches" ->
            options.with(
                Arrays.stream(value.split(","))
                    .map(GpuSwitch::valueOf)
                    .collect(Collectors.toUnmodifiableSet()));
        case "dtype" -> options.with(DType.valueOf(value));
        case "memory-format" -> options.with(MemoryFormat.valueOf(value));
        case "threads" -> {
          int threads = Integer.parseInt(value);
          yield threads >= 1 && threads <= RunOptions.MAX_THREADS
              ? options.withThreads(threads)
              : unknown(line);
        }
        default -> unknown(line);
      };
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "its file %s says '%s', which this version does not know".formatted(NAME, line), e);
    }
  }

  private static RunOptions unknown(String line) {
    throw new IllegalArgumentException(line);
  }
}
