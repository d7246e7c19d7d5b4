package io.github.narthex.optimize;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;

/** Numbers in sentences. */
final class Words {
  private Words() {}

  /** A share in whole per cent, for example {@code 78 %}. */
  static String percent(double share) {
    return share > 0 && share < 0.005 ? "<1 %" : Math.round(100 * share) + " %";
  }

  /** A time in milliseconds with three digits that matter, without the unit. */
  static String ms(double ms) {
    BigDecimal rounded = new BigDecimal(ms).round(new MathContext(3));
    return ms == 0 ? "0" : rounded.stripTrailingZeros().toPlainString();
  }

  /** How many times one is the other, for example {@code 3.1}. */
  static String times(double ratio) {
    return String.format(Locale.ROOT, ratio < 10 ? "%.1f" : "%.0f", ratio);
  }
}
