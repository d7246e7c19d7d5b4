package io.github.narthex.strategy;

import io.github.narthex.Model;
import io.github.narthex.Rewrite;
import java.util.List;

/**
 * What a recipe made of a model.
 *
 * @param model the model as the recipe runs it
 * @param changes what rewrites did to which layer; empty for recipes that rewrite nothing
 */
public record Applied(Model model, List<Rewrite.Change> changes) {
  /** The list is copied. */
  public Applied {
    changes = List.copyOf(changes);
  }
}
