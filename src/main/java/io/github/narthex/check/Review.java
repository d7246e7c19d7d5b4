package io.github.narthex.check;

import java.util.ArrayList;
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
    List<Group> groups = new ArrayList<>();
    groups.add(new ModelItems(subject).group());
    subject.compiled().ifPresent(code -> groups.add(new PackageItems(subject, code).group()));
    groups.add(new InputItems(subject).group());
    groups.add(new RunItems(subject).group());
    groups.add(new EvidenceItems(subject).group());
    groups.add(new MachineItems(subject).group());
    groups.add(new OperationItems(subject).group());
    return new Review(subject.name(), groups);
  }

  /** How many items are in that state. */
  public long count(Item.State state) {
    return groups.stream()
        .flatMap(group -> group.items().stream())
        .filter(item -> item.state() == state)
        .count();
  }
}
