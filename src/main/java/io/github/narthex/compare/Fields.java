package io.github.narthex.compare;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.github.narthex.InputException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An object of a document that somebody else may have written. What is absent or null is null; what
 * is of another kind than it should be is an error that says where it is.
 *
 * @param where for messages, such as {@code a.json: results[2]}
 */
public record Fields(String where, JsonObject object) {
  /** The text, without characters that a terminal would obey. */
  public @Nullable String text(String name) {
    JsonElement value = value(name);
    return switch (value) {
      case null -> null;
      case JsonPrimitive primitive -> plain(primitive.getAsString());
      default -> throw wrong(name, value, "a text");
    };
  }

  /** As {@link #text}, or another where there is none. */
  public String text(String name, String otherwise) {
    String text = text(name);
    return text == null ? otherwise : text;
  }

  /** The number. */
  public @Nullable Double number(String name) {
    JsonElement value = value(name);
    if (value == null) {
      return null;
    }
    if (value instanceof JsonPrimitive primitive && primitive.isNumber()) {
      double number = primitive.getAsDouble();
      if (Double.isFinite(number)) {
        return number;
      }
    }
    throw wrong(name, value, "a number");
  }

  /** As {@link #number}, whole, or another where there is none. */
  public long whole(String name, long otherwise) {
    Double number = number(name);
    return number == null ? otherwise : number.longValue();
  }

  /** The object. */
  public @Nullable Fields fields(String name) {
    JsonElement value = value(name);
    return switch (value) {
      case null -> null;
      case JsonObject inner -> new Fields(place(name), inner);
      default -> throw wrong(name, value, "an object");
    };
  }

  /** The elements of an array, which are objects; none if it is not there. */
  public List<Fields> list(String name) {
    List<Fields> all = new ArrayList<>();
    for (JsonElement element : array(name)) {
      String place = "%s[%d]".formatted(name, all.size());
      if (!(element instanceof JsonObject inner)) {
        throw wrong(place, element, "an object");
      }
      all.add(new Fields(place(place), inner));
    }
    return all;
  }

  /** The elements of an array, which are texts; none if it is not there. */
  public List<String> texts(String name) {
    List<String> all = new ArrayList<>();
    for (JsonElement element : array(name)) {
      if (!(element instanceof JsonPrimitive primitive)) {
        throw wrong("%s[%d]".formatted(name, all.size()), element, "a text");
      }
      all.add(plain(primitive.getAsString()));
    }
    return all;
  }

  /** The elements of an array of arrays of numbers; none if it is not there. */
  List<double[]> numbers(String name) {
    List<double[]> all = new ArrayList<>();
    for (JsonElement element : array(name)) {
      String place = "%s[%d]".formatted(name, all.size());
      if (!(element instanceof JsonArray inner)) {
        throw wrong(place, element, "an array");
      }
      double[] numbers = new double[inner.size()];
      for (int i = 0; i < numbers.length; i++) {
        if (!(inner.get(i) instanceof JsonPrimitive primitive && primitive.isNumber())) {
          throw wrong("%s[%d]".formatted(place, i), inner.get(i), "a number");
        }
        numbers[i] = primitive.getAsDouble();
      }
      all.add(numbers);
    }
    return all;
  }

  /** An array of two numbers. */
  List<Double> range(String name) {
    JsonArray array = array(name);
    if (array.size() == 2
        && array.get(0) instanceof JsonPrimitive low
        && array.get(1) instanceof JsonPrimitive high
        && low.isNumber()
        && high.isNumber()) {
      return List.of(low.getAsDouble(), high.getAsDouble());
    }
    throw wrong(name, array, "an array of two numbers");
  }

  /** Whether it is there and not null. */
  boolean has(String name) {
    return value(name) != null;
  }

  /** A value as text whatever it is; null where there is none. */
  public @Nullable String any(String name) {
    JsonElement value = value(name);
    return value == null
        ? null
        : plain(value instanceof JsonPrimitive primitive ? primitive.getAsString() : value + "");
  }

  private JsonArray array(String name) {
    JsonElement value = value(name);
    return switch (value) {
      case null -> new JsonArray();
      case JsonArray array -> array;
      default -> throw wrong(name, value, "an array");
    };
  }

  private @Nullable JsonElement value(String name) {
    JsonElement value = object.get(name);
    return value == null || value instanceof JsonNull ? null : value;
  }

  private String place(String name) {
    return where.endsWith(": ") ? where + name : where + "." + name;
  }

  private InputException wrong(String name, JsonElement found, String expected) {
    String text = plain(found.toString());
    return new InputException(
        "%s is %s, %s was expected"
            .formatted(
                place(name), text.length() > 40 ? text.substring(0, 40) + "..." : text, expected));
  }

  private static String plain(String text) {
    return text.replaceAll("\\p{C}", "?");
  }
}
