package io.github.narthex.io;

import io.github.narthex.DType;
import io.github.narthex.Shape;
import io.github.narthex.io.NpyHeader.BadHeaderException;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the dictionary of an npy header, for example {@code {'descr': '<f4', 'fortran_order':
 * False, 'shape': (2, 3), }}. It is Python source; of Python this knows no more than NumPy writes.
 */
final class NpyHeaderParser {
  private static final String DTYPES =
      "float16/32/64, int8/16/32/64, uint8/16/32/64, complex64/128 and bool";

  private final String text;
  private int position;

  NpyHeaderParser(String text) {
    this.text = text;
  }

  NpyHeader parse(long dataOffset) throws BadHeaderException {
    @Nullable String descr = null;
    @Nullable Boolean fortran = null;
    @Nullable Shape shape = null;
    Set<String> keys = new HashSet<>();
    expect('{');
    while (!accept('}')) {
      String key = string();
      if (!keys.add(key)) {
        throw new BadHeaderException("the header has the key '" + key + "' twice");
      }
      expect(':');
      switch (key) {
        case "descr" -> descr = descr();
        case "fortran_order" -> fortran = bool();
        case "shape" -> shape = shape();
        default -> throw new BadHeaderException("the header has the unknown key '" + key + "'");
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skipSpace();
    if (position != text.length()) {
      throw expected("the end of the header");
    }
    if (descr == null || fortran == null || shape == null) {
      throw new BadHeaderException(
          "the header lacks a key: descr, fortran_order and shape are needed, found " + keys);
    }
    return new NpyHeader(dtype(descr), shape, order(descr), fortran, dataOffset);
  }

  private String descr() throws BadHeaderException {
    skipSpace();
    if (peek() == '[' || peek() == '(') {
      throw new BadHeaderException(
          "holds records (a structured dtype); save each field as an array of its own");
    }
    return string();
  }

  private static DType dtype(String descr) throws BadHeaderException {
    String name =
        descr.isEmpty() ? "" : "<>|=".indexOf(descr.charAt(0)) >= 0 ? descr.substring(1) : descr;
    return switch (name) {
      case "f2" -> DType.FLOAT16;
      case "f4" -> DType.FLOAT32;
      case "f8" -> DType.FLOAT64;
      case "i1" -> DType.INT8;
      case "i2" -> DType.INT16;
      case "i4" -> DType.INT32;
      case "i8" -> DType.INT64;
      case "u1" -> DType.UINT8;
      case "u2" -> DType.UINT16;
      case "u4" -> DType.UINT32;
      case "u8" -> DType.UINT64;
      case "c8" -> DType.COMPLEX64;
      case "c16" -> DType.COMPLEX128;
      case "b1", "?" -> DType.BOOL;
      case "O" ->
          throw new BadHeaderException(
              "holds Python objects (a pickle), which are never read; save an array of numbers");
      case "V2" ->
          throw new BadHeaderException(
              "holds elements of 2 bytes without a type, perhaps bfloat16, which npy has no name"
                  + " for; save them as float32");
      default ->
          throw new BadHeaderException(
              "has the dtype '%s'; supported are %s".formatted(descr, DTYPES));
    };
  }

  private static ByteOrder order(String descr) {
    return switch (descr.charAt(0)) {
      case '<' -> ByteOrder.LITTLE_ENDIAN;
      case '>' -> ByteOrder.BIG_ENDIAN;
      default -> ByteOrder.nativeOrder();
    };
  }

  private Shape shape() throws BadHeaderException {
    expect('(');
    List<Long> dims = new ArrayList<>();
    while (!accept(')')) {
      dims.add(dim());
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    if (dims.size() > NpyHeader.MAX_RANK) {
      throw new BadHeaderException(
          "has %d dimensions, more than the %d that are accepted"
              .formatted(dims.size(), NpyHeader.MAX_RANK));
    }
    return Shape.of(dims.stream().mapToLong(Long::longValue).toArray());
  }

  private long dim() throws BadHeaderException {
    skipSpace();
    int start = position;
    if (peek() == '-') {
      position++;
    }
    while (peek() >= '0' && peek() <= '9') {
      position++;
    }
    String digits = text.substring(start, position);
    if (digits.isEmpty() || digits.equals("-")) {
      throw expected("a dimension");
    }
    accept('L'); // as Python 2 wrote it
    if (digits.startsWith("-")) {
      throw new BadHeaderException("a dimension of the shape is negative: " + digits);
    }
    try {
      return Long.parseLong(digits);
    } catch (NumberFormatException e) {
      throw new BadHeaderException("a dimension of the shape does not fit in 64 bits: " + digits);
    }
  }

  private boolean bool() throws BadHeaderException {
    skipSpace();
    for (String word : List.of("True", "False")) {
      if (text.startsWith(word, position)) {
        position += word.length();
        return word.equals("True");
      }
    }
    throw expected("True or False");
  }

  private String string() throws BadHeaderException {
    skipSpace();
    char quote = peek();
    int end = quote == '\'' || quote == '"' ? text.indexOf(quote, position + 1) : -1;
    if (end < 0) {
      throw expected("a string in quotes");
    }
    String string = text.substring(position + 1, end);
    position = end + 1;
    return string;
  }

  private boolean accept(char wanted) {
    skipSpace();
    if (peek() != wanted || position == text.length()) {
      return false;
    }
    position++;
    return true;
  }

  private void expect(char wanted) throws BadHeaderException {
    if (!accept(wanted)) {
      throw expected("'" + wanted + "'");
    }
  }

  private void skipSpace() {
    while (position < text.length() && " \t\r\n".indexOf(text.charAt(position)) >= 0) {
      position++;
    }
  }

  /** The next character, or NUL at the end. */
  private char peek() {
    return position < text.length() ? text.charAt(position) : '\0';
  }

  private BadHeaderException expected(String what) {
    String rest = text.substring(position, Math.min(text.length(), position + 20)).strip();
    return new BadHeaderException(
        "expected %s at position %d of the header, found %s"
            .formatted(what, position + 1, rest.isEmpty() ? "its end" : quoted(rest)));
  }

  /** Hostile bytes stay off the terminal. */
  private static String quoted(String text) {
    return "'" + text.replaceAll("[^ -~]", "?") + "'";
  }
}
