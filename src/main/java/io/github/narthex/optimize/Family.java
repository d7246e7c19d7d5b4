package io.github.narthex.optimize;

import io.github.narthex.bench.OperatorShare;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What operators have in common that do the same kind of work, whichever kernels they have. An
 * operator that does work of several kinds is of the first one here.
 */
public enum Family {
  /** Convolutions, with what is computed along with them. */
  CONVOLUTION("convolutions", true, "", "q?conv(olution)?([1-3]d)?"),

  /** Attention in one operator, or in one fused group. */
  ATTENTION("attention", false, "", "attention|transformer"),

  /** LSTM, GRU and their like. */
  RECURRENT("recurrent layers", true, "lstm gru rnn", ""),

  /** Linear layers and other products of matrices, with what is computed along with them. */
  PRODUCT(
      "matrix products",
      true,
      "mm bmm addmm baddbmm addbmm matmul linear qlinear addmv mv dot vdot einsum tensordot"
          + " bilinear addr outer",
      ""),

  /** Batch, layer and group normalisation, and softmax. */
  NORMALISATION("normalisation", false, "softmax", "norm([1-3]d)?"),

  /** Pooling, and pictures in other sizes. */
  POOLING("pooling and resizing", false, "upsample sampler interpolate", "pool([1-3]d)?"),

  /** Rows by their numbers. */
  LOOKUP("look-ups", true, "embedding index gather scatter take bucketize searchsorted", ""),

  /** Between floating-point numbers and integers that stand for them. */
  QUANTISATION("conversions to and from integers", true, "quantize dequantize qparams", ""),

  /** Bytes that are moved: copies, other dtypes and layouts, tensors put together. */
  LAYOUT(
      "copies and conversions",
      true,
      "reorder copy clone contiguous to cat concat stack pad roll flip repeat tile shuffle"
          + " unshuffle im2col col2im unfold",
      "pad[1-3]d"),

  /** Sums over dimensions, and what else makes few numbers of many. */
  REDUCTION(
      "sums and other reductions",
      true,
      "sum mean max min amax amin aminmax argmax argmin prod std var cumsum cumprod logsumexp topk"
          + " sort argsort any all median nonzero unique",
      ""),

  /** A number for each number: activations, additions, comparisons. */
  ELEMENTWISE(
      "element-wise operators",
      true,
      "add sub rsub mul div divide relu relu6 gelu silu hardswish hardsigmoid hardtanh sigmoid tanh"
          + " exp exp2 expm1 log log1p log2 pow sqrt rsqrt square clamp clip elu selu celu prelu"
          + " rrelu mish softplus softsign glu where fill eq ne lt le gt ge neg abs erf erfc"
          + " dropout threshold zero addcmul addcdiv lerp cos sin floor ceil round sign minimum"
          + " maximum logical bitwise isnan isinf reciprocal remainder fmod logit",
      ""),

  /** What only looks at memory in another way, or reserves it: the cost is that of the call. */
  VIEW(
      "views and allocation",
      true,
      "view reshape expand strided transpose t permute select slice empty resize unsqueeze squeeze"
          + " flatten unflatten narrow split chunk unbind detach alias movedim swapaxes zeros ones"
          + " full arange item dense size",
      ""),

  /** Groups of operators that were made one, and of which no more is known. */
  FUSED("fused groups", true, "packed", "(?i).*fus(ion|ed).*|.*TensorExpr.*"),

  /** All that is not known here. */
  OTHER("other operators", true, "", ""),

  /** What no operator does. */
  OUTSIDE("work outside of operators", false, "", "");

  /** What is looked for first: words of others stand in their names, too. */
  private static final List<Family> IN_ORDER =
      List.of(
          QUANTISATION,
          ATTENTION,
          RECURRENT,
          CONVOLUTION,
          PRODUCT,
          NORMALISATION,
          POOLING,
          LOOKUP,
          LAYOUT,
          VIEW,
          ELEMENTWISE,
          REDUCTION,
          FUSED);

  private static final Pattern UNDERSCORES = Pattern.compile("_+");
  private static final Pattern PLUS = Pattern.compile("\\+");
  private static final Pattern COUNT = Pattern.compile("^[0-9]+ ");

  private final String label;
  private final boolean isPlural;

  @SuppressWarnings("ImmutableEnumChecker") // it is of Set.of
  private final Set<String> words;

  private final Pattern pattern;

  Family(String label, boolean isPlural, String words, String pattern) {
    this.label = label;
    this.isPlural = isPlural;
    this.words = Set.of(words.split(" "));
    this.pattern = Pattern.compile(pattern);
  }

  /** For people, for example {@code matrix products}. */
  public String label() {
    return label;
  }

  /** Whether the label is a plural. */
  boolean isPlural() {
    return isPlural;
  }

  /** The family of an operator, by its name alone. */
  public static Family of(String operator) {
    if (operator.equals(OperatorShare.OUTSIDE)) {
      return OUTSIDE;
    }
    List<String> parts = parts(operator);
    return parts.isEmpty() ? ofOne(operator) : ofGroup(parts);
  }

  /** The operators that a fused group computes; none if this is not one, or that is not known. */
  static List<String> parts(String operator) {
    int open = operator.indexOf('[');
    return open < 0 || open + 2 >= operator.length()
        ? List.of()
        : PLUS.splitAsStream(operator.substring(open + 1, operator.length() - 1))
            .map(part -> COUNT.matcher(part).replaceFirst(""))
            .toList();
  }

  private static Family ofGroup(List<String> parts) {
    Set<Family> families = EnumSet.noneOf(Family.class);
    parts.forEach(part -> families.add(ofOne(part)));
    if (families.contains(PRODUCT) && parts.contains("softmax")) {
      return ATTENTION;
    }
    Family first = families.iterator().next();
    return first == OTHER ? FUSED : first;
  }

  private static Family ofOne(String operator) {
    List<String> words =
        UNDERSCORES.splitAsStream(operator.substring(operator.lastIndexOf(':') + 1)).toList();
    if (words.contains("reorder")) {
      return LAYOUT; // of the weights of convolutions, for example
    }
    for (Family family : IN_ORDER) {
      if (words.stream().anyMatch(family::hasWord)) {
        return family;
      }
    }
    return OTHER;
  }

  private boolean hasWord(String word) {
    return !word.isEmpty() && (words.contains(word) || pattern.matcher(word).matches());
  }
}
