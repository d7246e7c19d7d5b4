package io.github.narthex.bench;

import io.github.narthex.Device;
import io.github.narthex.Model;
import io.github.narthex.ModelFormat;
import io.github.narthex.ModelPackage;
import io.github.narthex.internal.text.Quantity;
import io.github.narthex.internal.text.Suggestion;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How AOTInductor packages are loaded, in words: {@code model=NAME}, {@code runners=N}, {@code
 * single-threaded}, {@code sha256=HEX} (more than once: one of them), {@code force}. Other models
 * are loaded as ever.
 *
 * @param options what was said, and the defaults for the rest
 * @param saysRunners whether the number of runners was said
 */
public record PackageOptions(ModelPackage.Options options, boolean saysRunners) {
  /** Nothing is said. */
  public static final PackageOptions NONE = new PackageOptions(ModelPackage.Options.DEFAULT, false);

  private static final String MODEL = "model";
  private static final String RUNNERS = "runners";
  private static final String SINGLE_THREADED = "single-threaded";
  private static final String SHA256 = "sha256";
  private static final String FORCE = "force";
  private static final List<String> KEYS = List.of(MODEL, RUNNERS, SINGLE_THREADED, SHA256, FORCE);

  /** Each has memory of its own, and no more calls than this run side by side in a process. */
  private static final int MOST_RUNNERS = Model.MAX_THREADS;

  /**
   * Reads them.
   *
   * @throws IllegalArgumentException if one is not known, lacks its value or has a bad one, is
   *     given twice, or contradicts another
   */
  public static PackageOptions parse(List<String> texts) {
    PackageOptions options = NONE;
    Set<String> given = new HashSet<>();
    for (String text : texts) {
      int equals = text.indexOf('=');
      String key = equals < 0 ? text : text.substring(0, equals);
      if (!given.add(key) && !key.equals(SHA256)) {
        throw new IllegalArgumentException(key + " is given twice");
      }
      options = options.with(key, equals < 0 ? null : text.substring(equals + 1));
    }
    return options.forCallers(options.options.runners());
  }

  private PackageOptions with(String key, @Nullable String value) {
    return switch (key) {
      case MODEL -> with(options.withModel(required(key, value, "the name of a model")));
      case RUNNERS -> new PackageOptions(options.withRunners(runners(value)), true);
      case SINGLE_THREADED -> with(flag(key, value, options.singleThreaded()));
      case FORCE -> with(flag(key, value, options.force()));
      case SHA256 -> {
        Set<String> digests = new HashSet<>(options.allowed());
        digests.add(digest(value));
        yield with(options.allow(digests));
      }
      default ->
          throw new IllegalArgumentException(
              "unknown key '%s'%s; known here are %s"
                  .formatted(key, Suggestion.among(KEYS, key), String.join(", ", KEYS)));
    };
  }

  private PackageOptions with(ModelPackage.Options others) {
    return new PackageOptions(others, saysRunners);
  }

  private static String required(String key, @Nullable String value, String expected) {
    if (value == null || value.isEmpty()) {
      throw new IllegalArgumentException("%s: expected %s after '='".formatted(key, expected));
    }
    return value;
  }

  private static ModelPackage.Options flag(
      String key, @Nullable String value, ModelPackage.Options options) {
    if (value != null) {
      throw new IllegalArgumentException("%s takes no value, found '%s'".formatted(key, value));
    }
    return options;
  }

  private static int runners(@Nullable String value) {
    try {
      return Quantity.whole(value == null ? "" : value, 1, MOST_RUNNERS);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(RUNNERS + ": " + e.getMessage(), e);
    }
  }

  private static String digest(@Nullable String value) {
    String digest = required(SHA256, value, "a digest");
    if (!digest.matches("[0-9A-Fa-f]{64}")) {
      throw new IllegalArgumentException(
          "%s: expected 64 hexadecimal digits, as narthex inspect prints them, found '%s'"
              .formatted(SHA256, digest));
    }
    return digest.toLowerCase(Locale.ROOT);
  }

  /**
   * The same for so many callers side by side: they have a runner each, unless it was said how many
   * there are.
   *
   * @throws IllegalArgumentException if there are several, and it is to run single-threaded
   */
  public PackageOptions forCallers(int callers) {
    if (options.isSingleThreaded() && callers > 1) {
      throw new IllegalArgumentException(
          "single-threaded has no locks: it is for one call at a time, and %d would run side by side"
              .formatted(callers));
    }
    return saysRunners ? this : new PackageOptions(options.withRunners(callers), false);
  }

  /**
   * Loads a model file onto the CPU; a package as is said here, where it was compiled for, and
   * called with inputs on the host. As {@link Model#load} throws.
   *
   * @param wanted where a package is loaded that was compiled for that kind of device
   */
  Model load(Arena arena, Path file, Device wanted) {
    if (ModelFormat.detect(file) != ModelFormat.AOT_INDUCTOR) {
      return Model.load(arena, file);
    }
    Device target = ModelPackage.read(file).model(options.model()).target();
    if (target.isCpu()) {
      return Model.load(arena, file, target, options);
    }
    Device device = wanted.type() == target.type() ? wanted : target;
    // Callers only enqueue, and what may be recorded has one runner.
    ModelPackage.Options how = saysRunners ? options : options.withRunners(1);
    return Model.load(arena, file, device, how).withHostInputs(device);
  }

  /** What was said, as {@link #parse} reads it. */
  public List<String> texts() {
    List<String> texts = new ArrayList<>();
    options.model().ifPresent(name -> texts.add(MODEL + "=" + name));
    if (saysRunners) {
      texts.add(RUNNERS + "=" + options.runners());
    }
    if (options.isSingleThreaded()) {
      texts.add(SINGLE_THREADED);
    }
    options.allowed().stream().sorted().forEach(digest -> texts.add(SHA256 + "=" + digest));
    if (options.isForced()) {
      texts.add(FORCE);
    }
    return List.copyOf(texts);
  }
}
