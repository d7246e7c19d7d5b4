package io.github.narthex;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** The elements of a small tensor as texts of one width and one notation. */
final class ElementText {
  private ElementText() {}

  static List<String> of(Tensor tensor) {
    List<String> texts = texts(tensor);
    int width = texts.stream().mapToInt(String::length).max().orElse(0);
    return texts.stream().map(text -> " ".repeat(width - text.length()) + text).toList();
  }

  private static List<String> texts(Tensor tensor) {
    DType dtype = tensor.dtype();
    if (dtype.isComplex()) {
      return complex(tensor);
    } else if (dtype == DType.BOOL) {
      boolean[] flags = tensor.toBooleanArray();
      return IntStream.range(0, flags.length).mapToObj(i -> String.valueOf(flags[i])).toList();
    } else if (dtype == DType.UINT64) {
      return Arrays.stream(tensor.toLongArray()).mapToObj(Long::toUnsignedString).toList();
    } else if (dtype.isInteger()) {
      return Arrays.stream(tensor.toLongArray()).mapToObj(Long::toString).toList();
    }
    return numbers(tensor.toDoubleArray());
  }

  /** As PyTorch writes them, such as {@code 1.0000-2.0000j}. */
  private static List<String> complex(Tensor tensor) {
    double[] parts = new double[2 * Math.toIntExact(tensor.elementCount())];
    HeapTransfer.read(tensor, DType.COMPLEX128, MemorySegment.ofArray(parts));
    List<String> real = numbers(everySecond(parts, 0));
    List<String> imaginary = numbers(everySecond(parts, 1));
    return IntStream.range(0, real.size())
        .mapToObj(
            i ->
                real.get(i)
                    + (imaginary.get(i).startsWith("-") ? "" : "+")
                    + imaginary.get(i)
                    + "j")
        .toList();
  }

  private static double[] everySecond(double[] parts, int first) {
    return IntStream.range(0, parts.length / 2).mapToDouble(i -> parts[2 * i + first]).toArray();
  }

  /** With four places, and an exponent if one of them needs it. */
  private static List<String> numbers(double[] numbers) {
    double[] sizes =
        Arrays.stream(numbers).filter(n -> n != 0 && Double.isFinite(n)).map(Math::abs).toArray();
    boolean needsExponent =
        Arrays.stream(sizes).anyMatch(size -> size >= 1e6) // too wide
            || Arrays.stream(sizes).anyMatch(size -> size < 1e-4); // would look like 0
    String format = needsExponent ? "%.4e" : "%.4f";
    return Arrays.stream(numbers)
        .mapToObj(number -> String.format(Locale.ROOT, format, number))
        .toList();
  }
}
