package io.github.narthex.internal.text;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Numbers with units, as people write them in {@code narthex.yaml} and on the command line. */
public final class Quantity {
  /** Short enough that no amount of it takes long to compute with. */
  private static final Pattern NUMBER =
      Pattern.compile("([0-9]{1,18}(?:\\.[0-9]{1,18})?)\\s*([A-Za-z%]*)");

  private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);

  private record Unit(String name, BigDecimal size) {
    Unit(String name, long size) {
      this(name, BigDecimal.valueOf(size));
    }
  }

  private static final List<Unit> BYTES =
      List.of(
          new Unit("GiB", 1L << 30),
          new Unit("GB", 1_000_000_000),
          new Unit("MiB", 1L << 20),
          new Unit("MB", 1_000_000),
          new Unit("KiB", 1L << 10),
          new Unit("kB", 1000),
          new Unit("KB", 1000),
          new Unit("B", 1));

  /** In nanoseconds. */
  private static final List<Unit> TIMES =
      List.of(
          new Unit("h", 3_600_000_000_000L),
          new Unit("m", 60_000_000_000L),
          new Unit("s", 1_000_000_000),
          new Unit("ms", 1_000_000));

  private static final BigDecimal MOST = BigDecimal.valueOf(Long.MAX_VALUE);

  private Quantity() {}

  /** Such as {@code 1%} or {@code 0.01}; from 0 to 1. */
  public static double fraction(String text) {
    Matcher matcher = NUMBER.matcher(text);
    if (matcher.matches() && (matcher.group(2).isEmpty() || matcher.group(2).equals("%"))) {
      BigDecimal number = new BigDecimal(matcher.group(1));
      BigDecimal value = matcher.group(2).isEmpty() ? number : number.divide(HUNDRED);
      if (value.compareTo(BigDecimal.ONE) <= 0) {
        return value.doubleValue();
      }
    }
    throw expected("a fraction from 0 to 1, such as 1% or 0.01", text);
  }

  /** The text of a fraction. */
  public static String fractionText(double fraction) {
    return plain(BigDecimal.valueOf(fraction).multiply(HUNDRED)) + "%";
  }

  /** A number above 0. */
  public static double positive(String text) {
    double value = number(text, "a number above 0");
    if (value <= 0) {
      throw expected("a number above 0", text);
    }
    return value;
  }

  /** A number from 0. */
  public static double notNegative(String text) {
    return number(text, "a number from 0");
  }

  private static double number(String text, String expected) {
    Matcher matcher = NUMBER.matcher(text);
    if (!matcher.matches() || !matcher.group(2).isEmpty()) {
      throw expected(expected, text);
    }
    return Double.parseDouble(matcher.group(1));
  }

  /** A whole number between two others. */
  public static int whole(String text, int least, int most) {
    try {
      int value = Integer.parseInt(text);
      if (value >= least && value <= most) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Said below, in the same words as for a number out of range.
    }
    throw expected("a whole number from %d to %d".formatted(least, most), text);
  }

  /** Such as {@code 1GB} or {@code 512MiB}. */
  public static long bytes(String text) {
    return amount(text, BYTES)
        .orElseThrow(() -> expected("an amount of memory such as 1GB or 512MiB", text));
  }

  /** The text of an amount of memory. */
  public static String bytesText(long bytes) {
    return text(bytes, BYTES);
  }

  /** Such as {@code 90s}, {@code 5m} or {@code 1h}. */
  public static Duration time(String text) {
    return amount(text, TIMES)
        .map(Duration::ofNanos)
        .orElseThrow(() -> expected("a time such as 90s, 5m or 1h", text));
  }

  /** The text of a time, to the millisecond. */
  public static String timeText(Duration time) {
    return text(time.toNanos(), TIMES);
  }

  private static Optional<Long> amount(String text, List<Unit> units) {
    Matcher matcher = NUMBER.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    return units.stream()
        .filter(unit -> unit.name().equals(matcher.group(2)))
        .map(unit -> new BigDecimal(matcher.group(1)).multiply(unit.size()))
        .map(amount -> amount.setScale(0, RoundingMode.HALF_UP))
        .filter(amount -> amount.signum() > 0 && amount.compareTo(MOST) <= 0)
        .map(BigDecimal::longValueExact)
        .findFirst();
  }

  /** In the largest unit that it is a whole number of, else in the smallest. */
  private static String text(long amount, List<Unit> units) {
    BigDecimal exact = BigDecimal.valueOf(amount);
    Unit unit =
        units.stream()
            .filter(each -> exact.remainder(each.size()).signum() == 0)
            .findFirst()
            .orElse(units.getLast());
    return plain(exact.divide(unit.size())) + unit.name();
  }

  /** A number without an exponent, and without zeros at its end. */
  public static String plain(double number) {
    return plain(BigDecimal.valueOf(number));
  }

  private static String plain(BigDecimal number) {
    return number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString();
  }

  private static IllegalArgumentException expected(String expected, String text) {
    return new IllegalArgumentException(
        "expected %s, found %s".formatted(expected, text.isEmpty() ? "nothing" : "'" + text + "'"));
  }
}
