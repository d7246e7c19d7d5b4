package io.github.narthex.io;

import io.github.narthex.DType;
import io.github.narthex.Shape;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads the text form of {@link InputSpec}. Positions count from 1. */
final class InputSpecParser {
  private static final Pattern NAMED = Pattern.compile("([A-Za-z_][A-Za-z0-9_.]*)=(.*)");
  private static final Pattern DIMENSION = Pattern.compile("[0-9]{1,18}");
  private static final Pattern NUMBER =
      Pattern.compile("[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]{1,3})?");

  private final String text;

  InputSpecParser(String text) {
    this.text = text;
  }

  InputSpec parse() {
    Matcher named = NAMED.matcher(text);
    Optional<String> name = Optional.empty();
    int start = 0;
    if (named.matches()) {
      name = Optional.of(named.group(1));
      start = named.start(2);
    }
    String rest = text.substring(start);
    if (rest.toLowerCase(Locale.ROOT).endsWith(".npy")) {
      try {
        return new InputSpec.FromFile(name, Path.of(rest));
      } catch (InvalidPathException e) {
        throw error(start, "a file name", rest, e);
      }
    }
    String[] parts = rest.split(":", -1);
    Shape shape = shape(parts[0], start);
    int position = start + parts[0].length() + 1;
    DType dtype = DType.FLOAT32;
    Optional<InputSpec.Range> range = Optional.empty();
    if (parts.length > 1) {
      dtype = dtype(parts[1], position);
      position += parts[1].length() + 1;
    }
    if (parts.length > 2) {
      range = Optional.of(range(parts[2], position));
    }
    if (parts.length > 3) {
      position += parts[2].length() + 1;
      throw error(position - 1, "the end", ":" + parts[3], null);
    }
    try {
      return new InputSpec.Generated(name, shape, dtype, range);
    } catch (ArithmeticException | IllegalArgumentException e) {
      throw new IllegalArgumentException("bad input '" + text + "': " + e.getMessage(), e);
    }
  }

  private Shape shape(String part, int start) {
    if (part.equals("scalar")) {
      return Shape.SCALAR;
    }
    String[] sizes = part.split("x", -1);
    long[] dims = new long[sizes.length];
    int position = start;
    for (int i = 0; i < sizes.length; i++) {
      if (!DIMENSION.matcher(sizes[i]).matches()) {
        String what =
            i == 0
                ? "a shape such as 1x3x224x224, 'scalar', or a file that ends in .npy"
                : "a size of a dimension";
        throw error(position, what, i == 0 ? part : sizes[i], null);
      }
      dims[i] = Long.parseLong(sizes[i]);
      position += sizes[i].length() + 1;
    }
    return Shape.of(dims);
  }

  private DType dtype(String part, int position) {
    try {
      return DType.parse(part);
    } catch (IllegalArgumentException e) {
      String names =
          Arrays.stream(DType.values())
              .filter(Elements::areNumbers)
              .map(DType::toString)
              .collect(Collectors.joining(", "));
      throw error(position, "a dtype (" + names + ")", part, e);
    }
  }

  private InputSpec.Range range(String part, int position) {
    int dots = part.indexOf("..");
    String low = dots < 0 ? "" : part.substring(0, dots);
    String high = dots < 0 ? "" : part.substring(dots + 2);
    if (!NUMBER.matcher(low).matches() || !NUMBER.matcher(high).matches()) {
      throw error(position, "a range such as 0..30000", part, null);
    }
    try {
      return new InputSpec.Range(Double.parseDouble(low), Double.parseDouble(high));
    } catch (IllegalArgumentException e) {
      throw error(position, "a range from a smaller to a larger number", part, e);
    }
  }

  private IllegalArgumentException error(
      int index, String expected, String found, @Nullable Throwable cause) {
    return new IllegalArgumentException(
        "bad input '%s' at position %d: expected %s, found %s"
            .formatted(text, index + 1, expected, found.isEmpty() ? "nothing" : "'" + found + "'"),
        cause);
  }
}
