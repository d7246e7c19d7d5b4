package io.github.narthex.check;

import java.util.List;

/**
 * All items of a model.
 *
 * @param model as it was named
 */
public record Review(String model, List<Group> groups) {
  /** The list is copied. */
  public Review {
    groups = List.copyOf(groups);
  }

  /** Goes through all. Runs the model once, where its inputs are known. */
  public static Review of(Subject subject) {
    return new Review(
        subject.name(),
        List.of(
            new ModelItems(subject).group(),
            new InputItems(subject).group(),
            new RunItems(subject).group(),
            new EvidenceItems(subject).group(),
            new MachineItems(subject).group(),
            new OperationItems(subject).group()));
  }

  /** How many items are in that state. */
  public long count(Item.State state) {
    return groups.stream()
        .flatMap(group -> group.items().stream())
        .filter(item -> item.state() == state)
        .count();
  }
}
