package io.github.narthex.report;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** The rules for JSON here: what is unknown or not finite is null, and is written. */
public final class Json {
  private static final Gson GSON =
      new GsonBuilder().serializeNulls().disableHtmlEscaping().setPrettyPrinting().create();

  private static final int MICROSECOND_DIGITS = 3;
  private static final int NANOSECOND_DIGITS = 6;

  private Json() {}

  /** The text of a document, with a line end. */
  public static String text(JsonElement element) {
    return GSON.toJson(element) + "\n";
  }

  /** A number, or null if there is none or it is not finite. */
  public static JsonElement number(@Nullable Number value) {
    return value == null || !Double.isFinite(value.doubleValue())
        ? JsonNull.INSTANCE
        : new JsonPrimitive(value);
  }

  /**
   * Milliseconds with the digits of a microsecond; below one, with those of a nanosecond, since a
   * microsecond is a tenth of what a small model takes.
   */
  static JsonElement ms(@Nullable Double value) {
    return value == null || !Double.isFinite(value)
        ? JsonNull.INSTANCE
        : new JsonPrimitive(
            BigDecimal.valueOf(value)
                .setScale(
                    Math.abs(value) < 1 ? NANOSECOND_DIGITS : MICROSECOND_DIGITS,
                    RoundingMode.HALF_EVEN));
  }

  /** Nanoseconds as milliseconds, all digits kept. */
  static JsonElement msOfNanos(long nanos) {
    return new JsonPrimitive(BigDecimal.valueOf(nanos, NANOSECOND_DIGITS));
  }

  /** A text or null. */
  public static JsonElement text(@Nullable String value) {
    return value == null ? JsonNull.INSTANCE : new JsonPrimitive(value);
  }

  /** A list of texts. */
  public static JsonArray texts(Collection<String> values) {
    JsonArray array = new JsonArray();
    values.forEach(array::add);
    return array;
  }

  /** A document that says which schema it follows. */
  public static JsonObject document(String schema) {
    JsonObject document = new JsonObject();
    document.addProperty("schema", schema);
    return document;
  }
}
