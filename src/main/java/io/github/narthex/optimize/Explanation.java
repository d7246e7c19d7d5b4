package io.github.narthex.optimize;

import io.github.narthex.bench.Candidate;
import io.github.narthex.bench.OperatorShare;
import io.github.narthex.internal.text.Numbers;
import io.github.narthex.strategy.Machine;
import io.github.narthex.strategy.Recipe;
import io.github.narthex.strategy.Strategy;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a trial changed in the profile of the baseline. Each sentence follows from the two profiles;
 * what they do not show is not said.
 */
public final class Explanation {
  /** A family that takes less of a forward than this, before and after, is not spoken of. */
  private static final double NOTABLE = 0.05;

  /** What is left of a family that is gone, at most. */
  private static final double GONE = 0.01;

  /** Times that are this much apart are told apart. */
  private static final double APART = 1.1;

  private final Families before;
  private final Families after;
  private final double beforeMs;
  private final double afterMs;
  private final String baselineName;
  private final Recipe recipe;
  private final Machine machine;

  private Explanation(Trial baseline, Trial chosen, Machine machine) {
    this.before = Families.of(baseline.operators());
    this.after = Families.of(chosen.operators());
    this.beforeMs = msOfAnItem(baseline);
    this.afterMs = msOfAnItem(chosen);
    this.baselineName = baseline.candidate().recipe();
    this.recipe = Recipe.parse(chosen.candidate().recipe());
    this.machine = machine;
  }

  /**
   * The sentences, without full stops, what saved the most time first; none where one of the trials
   * was not profiled, or both are the same.
   */
  public static List<String> of(Trial baseline, Trial chosen, Machine machine) {
    boolean isKnown =
        !baseline.operators().isEmpty()
            && !chosen.operators().isEmpty()
            && Double.isFinite(baseline.p50Ms())
            && Double.isFinite(chosen.p50Ms());
    if (!isKnown || baseline.candidate().equals(chosen.candidate())) {
      return List.of();
    }
    List<String> sentences = new ArrayList<>(conditions(baseline.candidate(), chosen.candidate()));
    sentences.addAll(new Explanation(baseline, chosen, machine).families());
    return List.copyOf(sentences);
  }

  private static double msOfAnItem(Trial trial) {
    return trial.p50Ms() / trial.candidate().batch();
  }

  private static List<String> conditions(Candidate baseline, Candidate chosen) {
    List<String> sentences = new ArrayList<>();
    if (baseline.batch() != chosen.batch()) {
      sentences.add(
          "times are of one item: batches are of %d instead of %d"
              .formatted(chosen.batch(), baseline.batch()));
    }
    if (!baseline.threads().equals(chosen.threads())) {
      sentences.add(
          "it runs on %s threads (threads x callers) instead of %s"
              .formatted(chosen.threads(), baseline.threads()));
    }
    return sentences;
  }

  private List<String> families() {
    Set<Family> notable = EnumSet.noneOf(Family.class);
    for (Families families : List.of(before, after)) {
      for (Families.Part part : families.parts()) {
        // A share that is small at first may be most of what is left.
        if (part.share() >= NOTABLE) {
          notable.add(part.family());
        }
      }
    }
    return notable.stream()
        .sorted(Comparator.comparingDouble(this::savedMs).reversed())
        .map(this::sentence)
        .toList();
  }

  private double savedMs(Family family) {
    return before.share(family) * beforeMs - after.share(family) * afterMs;
  }

  private String sentence(Family family) {
    Families.Part was = before.part(family);
    Families.Part is = after.part(family);
    double wasMs = was.share() * beforeMs;
    double isMs = is.share() * afterMs;
    String name = was.share() > 0 ? was.label() : is.label();
    boolean isPlural = family.isPlural();
    if (was.share() < NOTABLE && isMs > APART * wasMs) {
      return "%s %s %s now (%s ms), %s of %s's time before%s"
          .formatted(
              name,
              isPlural ? "take" : "takes",
              Numbers.percent(is.share()),
              Numbers.text(isMs),
              was.share() == 0 ? "none" : Numbers.percent(was.share()),
              baselineName,
              isMadeOfProducts(is) ? ": products and softmax in one kernel" : "");
    }
    if (isMs < GONE * wasMs) {
      String reason = reasonGone(family);
      return "%s (%s of %s's time) %s gone%s"
          .formatted(
              name,
              Numbers.percent(was.share()),
              baselineName,
              isPlural ? "are" : "is",
              reason == null ? "" : ": " + reason);
    }
    return "%s %s %s of %s's time (%s of %s ms); %s %s%s"
        .formatted(
            name,
            isPlural ? "were" : "was",
            Numbers.percent(was.share()),
            baselineName,
            Numbers.text(wasMs),
            Numbers.text(beforeMs),
            isPlural ? "they" : "it",
            change(wasMs, isMs, isPlural),
            isMs * APART < wasMs ? means(is).map(means -> ", " + means).orElse("") : "");
  }

  private static boolean isMadeOfProducts(Families.Part part) {
    return part.family() == Family.ATTENTION && part.isMostly("prim::oneDNNFusionGroup");
  }

  private static String change(double wasMs, double isMs, boolean isPlural) {
    String takes = isPlural ? "take" : "takes";
    if (isMs * APART < wasMs) {
      return "%s %s less now (%s ms)"
          .formatted(takes, Numbers.times(wasMs / isMs), Numbers.text(isMs));
    }
    return isMs > APART * wasMs
        ? "%s %s as long now (%s ms)"
            .formatted(takes, Numbers.times(isMs / wasMs), Numbers.text(isMs))
        : "%s as long now (%s ms)".formatted(takes, Numbers.text(isMs));
  }

  /** Where the work of a family that is gone went; null if that can't be seen. */
  private @Nullable String reasonGone(Family family) {
    boolean isFolded =
        family == Family.NORMALISATION
            && before.part(family).isMostly("batch_norm")
            && after.share(Family.CONVOLUTION) > 0
            && (recipe.has(Strategy.FREEZE) || recipe.has(Strategy.FOLD_BATCH_NORM));
    return isFolded ? "folded into the convolutions" : along(family);
  }

  /** The fused groups that do the work of a family now. */
  private @Nullable String along(Family family) {
    for (Families.Part part : after.parts()) {
      for (OperatorShare operator : part.operators()) {
        if (part.family() != family
            && Family.parts(operator.name()).stream().anyMatch(one -> Family.of(one) == family)) {
          return "done along with " + part.label();
        }
      }
    }
    return family == Family.ELEMENTWISE && after.part(Family.FUSED).isMostly("packed_layer")
        ? "done along with convolutions and matrix products"
        : null;
  }

  /** By what kernels a family does its work now. */
  private Optional<String> means(Families.Part part) {
    return switch (part.family()) {
      case CONVOLUTION, PRODUCT, ATTENTION, RECURRENT -> kernels(part);
      default -> Optional.ofNullable(along(part.family())).map(where -> "in part " + where);
    };
  }

  private Optional<String> kernels(Families.Part part) {
    String bits = bits();
    if (part.isMostly("quantized") || part.isMostly("onednn::q")) {
      return Optional.of("through 8-bit integers" + extension("amx_int8", "avx512_vnni"));
    }
    if (part.isMostly("int8pack") || part.isMostly("int4pack")) {
      return Optional.of("through weights of fewer bits");
    }
    if (part.isMostly("prim::oneDNNFusionGroup")) {
      return Optional.of("through oneDNN Graph's " + bits + "kernels" + extension());
    }
    if (part.isMostly("mkldnn::")) {
      return Optional.of("through oneDNN's " + bits + "kernels on prepacked weights" + extension());
    }
    if (part.isMostly("mkldnn")) {
      return Optional.of("through oneDNN's " + bits + "kernels" + extension());
    }
    return bits.isEmpty() ? Optional.empty() : Optional.of("through " + bits + "kernels");
  }

  /** The dtype that products are computed in, with a space behind it. */
  private String bits() {
    if (recipe.has(Strategy.BF16) || recipe.has(Strategy.BF16_MIXED)) {
      return "bf16 ";
    }
    return recipe.has(Strategy.FP16) || recipe.has(Strategy.FP16_MIXED) ? "fp16 " : "";
  }

  private String extension() {
    return switch (bits()) {
      case "bf16 " -> extension("amx_bf16", "avx512_bf16");
      case "fp16 " -> extension("amx_fp16", "avx512_fp16");
      default -> "";
    };
  }

  /** The first of these instruction sets that the machine has. */
  private String extension(String... flags) {
    for (String flag : flags) {
      if (machine.hasCpuFlag(flag)) {
        return " with " + flag.replace('_', '-').toUpperCase(Locale.ROOT);
      }
    }
    return "";
  }
}
