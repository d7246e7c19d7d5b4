package io.github.narthex;

import io.github.narthex.internal.torch.ModuleHandle;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.SortedMap;

/**
 * The constants of an AOTInductor package, its weights among them. Freezing folds weights into
 * others, which can't be replaced then: see {@link ModelPackage.Spec#isReplaceable}.
 *
 * <p>Any thread may use it; replacements take turns.
 */
public final class PackageWeights {
  private PackageWeights() {}

  /**
   * Their dtypes and shapes, by name.
   *
   * @throws IllegalArgumentException if the model is not a package
   * @throws IllegalStateException if it is closed
   * @throws WrongThreadException if its arena is confined to another thread
   */
  public static SortedMap<String, TensorInfo> of(Model model) {
    return Describe.tensors(model.handle(), ModuleHandle.Property.PACKAGE_CONSTANTS);
  }

  /**
   * Copies of them.
   *
   * @param arena owns the tensors
   * @throws IllegalArgumentException if the model is not a package
   * @throws IllegalStateException if it or the arena is closed
   * @throws WrongThreadException if an arena is confined to another thread
   */
  public static Weights copy(Model model, Arena arena) {
    return Describe.packageWeights(model.handle(), arena);
  }

  /**
   * Overwrites some of them. No call may run meanwhile.
   *
   * @param weights are copied
   * @throws WeightsMismatchException if a name is unknown, or a dtype or shape differs; nothing is
   *     replaced then
   * @throws IllegalArgumentException if the model is not a package
   * @throws IllegalStateException if it or a tensor is closed
   * @throws WrongThreadException if an arena is confined to another thread
   */
  public static void overwrite(Model model, Weights weights) {
    replace(model, weights, false);
  }

  /**
   * Replaces all of them at once, also while calls run: each call has either all old or all new
   * ones. Both sets are in memory from then on.
   *
   * @param weights all of them, which are copied
   * @throws WeightsMismatchException as {@link #overwrite}, and if one is missing
   * @throws IllegalArgumentException if the model is not a package
   * @throws IllegalStateException if it or a tensor is closed
   * @throws WrongThreadException if an arena is confined to another thread
   */
  public static void swap(Model model, Weights weights) {
    replace(model, weights, true);
  }

  private static void replace(Model model, Weights weights, boolean isSwapped) {
    SortedMap<String, TensorInfo> known = of(model);
    List<String> unknown =
        weights.names().stream().filter(name -> !known.containsKey(name)).toList();
    if (!unknown.isEmpty()) {
      throw new WeightsMismatchException(List.of(), unknown, List.of());
    }
    try (Arena passing = Arena.ofConfined()) {
      model.handle().replaceConstants(weights.fitting(known, isSwapped, passing), isSwapped);
    }
  }
}
