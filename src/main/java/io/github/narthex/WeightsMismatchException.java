package io.github.narthex;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Weights do not fit a model; all that is wrong, at once. */
public final class WeightsMismatchException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  // Not List: an exception is serializable, and so must be what it holds.
  private final ArrayList<String> missing;
  private final ArrayList<String> unexpected;
  private final ArrayList<String> mismatched;

  WeightsMismatchException(List<String> missing, List<String> unexpected, List<String> mismatched) {
    super(message(missing, unexpected, mismatched));
    this.missing = new ArrayList<>(missing);
    this.unexpected = new ArrayList<>(unexpected);
    this.mismatched = new ArrayList<>(mismatched);
  }

  /** Names that the model has and the weights have not. */
  public List<String> missing() {
    return List.copyOf(missing);
  }

  /** Names that the weights have and the model has not. */
  public List<String> unexpected() {
    return List.copyOf(unexpected);
  }

  /**
   * A line for each tensor of another dtype or shape, such as {@code fc.weight: expected float32
   * 1000x512, got float32 10x512}.
   */
  public List<String> mismatched() {
    return List.copyOf(mismatched);
  }

  private static String message(
      List<String> missing, List<String> unexpected, List<String> mismatched) {
    List<String> parts = new ArrayList<>();
    prefix(missing, unexpected)
        .ifPresent(
            prefix ->
                parts.add(
                    "the names begin with '%s', which the model's do not (TensorFile.read takes a"
                            .formatted(prefix)
                        + " prefix)"));
    prefix(unexpected, missing)
        .ifPresent(
            prefix ->
                parts.add(
                    "the model's names begin with '%s', which these do not".formatted(prefix)));
    add(parts, missing, "missing");
    add(parts, unexpected, "not in the model");
    add(parts, mismatched, "of another dtype or shape");
    return "the weights do not fit: " + String.join("; ", parts);
  }

  private static void add(List<String> parts, List<String> entries, String what) {
    if (!entries.isEmpty()) {
      parts.add("%d %s (%s)".formatted(entries.size(), what, String.join(", ", entries)));
    }
  }

  /** What stands before the short names in the long ones, such as {@code module.}, if it does. */
  private static Optional<String> prefix(List<String> shortNames, List<String> longNames) {
    return longNames.stream()
        .limit(1)
        .flatMap(
            name ->
                shortNames.stream()
                    .filter(end -> name.endsWith("." + end))
                    .map(end -> name.substring(0, name.length() - end.length())))
        .filter(prefix -> longNames.stream().allMatch(name -> name.startsWith(prefix)))
        .findFirst();
  }
}
