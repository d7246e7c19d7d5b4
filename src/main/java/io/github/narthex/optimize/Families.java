package io.github.narthex.optimize;

import io.github.narthex.bench.OperatorShare;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The operators of a profile by what kind of work they do.
 *
 * @param parts each family that is there, the largest share first
 */
public record Families(List<Part> parts) {
  /** The list is copied. */
  public Families {
    parts = List.copyOf(parts);
  }

  /**
   * What one family takes.
   *
   * @param share of the forward's time, from 0 to 1
   * @param operators the largest share first
   */
  public record Part(Family family, double share, List<OperatorShare> operators) {
    /** The list is copied. */
    public Part {
      operators = List.copyOf(operators);
    }

    /** For people; where nearly all of it is of one kind of normalisation, that kind. */
    public String label() {
      if (family == Family.NORMALISATION) {
        for (String kind : List.of("batch", "layer", "group", "instance")) {
          if (isMostly(kind + "_norm")) {
            return kind + " normalisation";
          }
        }
        if (isMostly("softmax")) {
          return "softmax";
        }
      }
      return family.label();
    }

    /** Whether nearly all of its time is in operators with that in their names. */
    boolean isMostly(String name) {
      return share > 0 && shareOf(name) >= MOSTLY * share;
    }

    private double shareOf(String name) {
      return operators.stream()
          .filter(operator -> operator.name().contains(name))
          .mapToDouble(OperatorShare::share)
          .sum();
    }
  }

  private static final double MOSTLY = 0.8;

  /** Groups the operators of a profile. */
  public static Families of(List<OperatorShare> operators) {
    Map<Family, List<OperatorShare>> members = new EnumMap<>(Family.class);
    for (OperatorShare operator : operators) {
      members.computeIfAbsent(Family.of(operator.name()), _ -> new ArrayList<>()).add(operator);
    }
    List<Part> parts = new ArrayList<>();
    members.forEach(
        (family, list) -> {
          list.sort(Comparator.comparingDouble(OperatorShare::share).reversed());
          parts.add(new Part(family, list.stream().mapToDouble(OperatorShare::share).sum(), list));
        });
    parts.sort(Comparator.comparingDouble(Part::share).reversed());
    return new Families(parts);
  }

  /** What a family takes; nothing if it is not there. */
  public Part part(Family family) {
    return parts.stream()
        .filter(part -> part.family() == family)
        .findFirst()
        .orElse(new Part(family, 0, List.of()));
  }

  /** What a family takes of the forward's time, from 0 to 1. */
  public double share(Family family) {
    return part(family).share();
  }
}
