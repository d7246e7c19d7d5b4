package io.github.narthex.strategy;

import io.github.narthex.Model;
import io.github.narthex.Rewrite;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a recipe made of a model.
 *
 * @param model the model as the recipe runs it
 * @param recipe the recipe; where it left something to be tried, with what was chosen instead
 * @param changes what rewrites did to which layer; empty for recipes that rewrite nothing
 * @param notes what a user should know of it, a line each: which layers stay in float32 and why,
 *     what was compiled, what was chosen
 * @param compiled the package that the model was loaded from, if it was compiled into one; it is in
 *     a cache, so that whoever wants to keep it makes a copy
 */
public record Applied(
    Model model,
    Recipe recipe,
    List<Rewrite.Change> changes,
    List<String> notes,
    Optional<Path> compiled) {
  /** The lists are copied. */
  public Applied {
    changes = List.copyOf(changes);
    notes = List.copyOf(notes);
  }
}
