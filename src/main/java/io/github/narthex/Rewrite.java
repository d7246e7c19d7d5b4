package io.github.narthex;

import java.util.List;

/**
 * A change to a model's code that {@link Model#rewrite} makes. Each freezes the model first where
 * that is needed (it then has no parameters any more, and {@code forward} only), keeps the dtype of
 * inputs and outputs, and can be saved with the model.
 *
 * <p>Layers are named as in the original's {@linkplain Model#parameters parameters}, without {@code
 * .weight}. A model that was frozen before it was saved has no names left: its layers are {@code
 * conv2d_0}, {@code conv2d_1}, {@code linear_0} and so on. A list of names may hold {@code
 * layer4.*} for all that begin so.
 */
public sealed interface Rewrite {
  /**
   * Batch normalisation goes into the weights of the convolution before it; exact but for rounding.
   * The model is not frozen, and keeps its parameters. Freezing does it too.
   */
  record FoldBatchNorm() implements Rewrite {}

  /**
   * Weights of convolutions and linear layers become zero, one by one. The model is as large as
   * before, and as fast: kernels multiply by zeros, too. It compresses better, and tells whether
   * the accuracy bears it. Weights that an embedding shares are left; a tensor that several layers
   * share is pruned once; masks that are there already become permanent first.
   *
   * <p>The model is not frozen. A mask is a buffer, {@code conv1.weight_mask}, beside the parameter
   * {@code conv1.weight_orig}, as Python's {@code torch.nn.utils.prune} has them; they double the
   * weights, and each call multiplies them. Freezing makes them permanent, as {@link RemovePruning}
   * does.
   *
   * @param amount the fraction of the weights that will be zero, above 0 and below 1; those that
   *     are zero already count
   * @param scope of what it is that fraction
   * @param method which weights become zero
   * @param seed of {@code RANDOM}
   * @param keepMasks whether weights and masks are kept apart; not of a frozen model
   * @param keep layers that stay as they are
   */
  record Prune(
      double amount, Scope scope, Method method, long seed, boolean keepMasks, List<String> keep)
      implements Rewrite {
    /**
     * Pruning; the list is copied.
     *
     * @throws IllegalArgumentException if the amount is no such fraction
     */
    public Prune {
      requireAmount(amount);
      keep = List.copyOf(keep);
    }

    /** Which weights become zero. */
    public enum Method {
      /** Those nearest to zero. */
      L1,
      /** Any, drawn by the seed. */
      RANDOM
    }
  }

  /** Of what pruning takes a fraction. */
  enum Scope {
    /** Of each layer. */
    LAYER,
    /** Of all layers together. */
    GLOBAL
  }

  /**
   * Masks of pruning, of Narthex or of Python, become permanent: parameters have their names again,
   * and zeros in them. The model is not frozen. Of one without masks it is a copy.
   */
  record RemovePruning() implements Rewrite {}

  /**
   * Channels with the smallest weights are removed, and all tensors that have a part for each of
   * them become smaller: the model is smaller and faster, and answers otherwise. The model is
   * frozen.
   *
   * <p>Channels are the outputs of convolutions and linear layers, batch normalisation folded in.
   * They are followed through whatever handles each by itself, to the layers that take them. Where
   * they are added to or multiplied by others, as in residual nets, they go together with these.
   * Groups of channels that reach something else stay: those that are normalised or split, those of
   * attention's heads, and those that the model returns. The {@linkplain Result#changes changes}
   * say so of each layer.
   *
   * @param amount the fraction of channels that goes, above 0 and below 1: at most so many of each
   *     group, or of all groups together; never more than nine of ten of a group
   * @param scope of what it is that fraction
   * @param norm by which filters are compared, 1 for the sum of absolute values, 2 for the square
   *     root of the sum of squares; of channels that go together, the norms are added, and for
   *     {@code GLOBAL} divided by the group's mean
   * @param multiple what remains of a group is rounded up to a multiple of this, which kernels are
   *     faster with; 1 for any number
   * @param keep layers whose own channels stay
   */
  record PruneChannels(double amount, Scope scope, int norm, int multiple, List<String> keep)
      implements Rewrite {
    /**
     * Structured pruning; the list is copied.
     *
     * @throws IllegalArgumentException if the amount is no such fraction, or norm or multiple are
     *     other numbers
     */
    public PruneChannels {
      requireAmount(amount);
      if (norm != 1 && norm != 2) {
        throw new IllegalArgumentException("expected norm 1 or 2, got " + norm);
      }
      if (multiple < 1) {
        throw new IllegalArgumentException("expected a multiple of 1 or more, got " + multiple);
      }
      keep = List.copyOf(keep);
    }
  }

  private static void requireAmount(double amount) {
    if (!(amount > 0 && amount < 1)) {
      throw new IllegalArgumentException("expected an amount above 0 and below 1, got " + amount);
    }
  }

  /**
   * Convolutions, linear layers, matrix products and attention compute in 16 bits, and what only
   * moves their results or changes each number by itself goes on with these; normalisation,
   * softmax, sums and the rest compute in float32. Layers of other dtypes are left.
   *
   * @param dtype {@code BFLOAT16} or {@code FLOAT16}
   * @param keep layers that stay in float32
   */
  record MixedPrecision(DType dtype, List<String> keep) implements Rewrite {
    /**
     * Mixed precision; the list is copied.
     *
     * @throws IllegalArgumentException if the dtype is another one
     */
    public MixedPrecision {
      if (dtype != DType.BFLOAT16 && dtype != DType.FLOAT16) {
        throw new IllegalArgumentException("expected bfloat16 or float16, got " + dtype);
      }
      keep = List.copyOf(keep);
    }
  }

  /**
   * Linear, LSTM and GRU layers keep their weights in fewer bits. With {@code INT8}, what these are
   * multiplied by is brought to 8 bits too, in a range that each call finds for itself, and the
   * products are sums of integers; with {@code FLOAT16} it stays in float32. What goes in and comes
   * out is float32. Layers whose weights are computed, not float32, or hold NaN or infinity are
   * left, and so are LSTMs with a projection; if nothing else is there, {@link Model#rewrite}
   * throws.
   *
   * <p>A quantised layer has no 8-bit range for NaN: a call in which one reaches it fails.
   *
   * <p>The weights are packed for an engine. A loaded file is packed for that again where it is
   * there; Python packs it for {@code torch.backends.quantized.engine}. On a CPU without VNNI the
   * inputs get 7 bits instead of 8, so that sums do not saturate: quantise on the kind of CPU that
   * the file is for, or on an older one.
   *
   * @param dtype {@code INT8} or {@code FLOAT16}
   * @param engine whose kernels are used: {@code x86}, {@code onednn}, {@code fbgemm} or {@code
   *     qnnpack}, as far as libtorch has them, or {@code auto} for the one that is the fastest here
   * @param perChannel whether each row of int8 weights has its own scale, or all have one
   * @param keep layers that stay in float32
   */
  record DynamicQuantization(DType dtype, String engine, boolean perChannel, List<String> keep)
      implements Rewrite {
    /**
     * Dynamic quantisation; the list is copied.
     *
     * @throws IllegalArgumentException if the dtype is another one
     */
    public DynamicQuantization {
      if (dtype != DType.INT8 && dtype != DType.FLOAT16) {
        throw new IllegalArgumentException("expected int8 or float16, got " + dtype);
      }
      keep = List.copyOf(keep);
    }
  }

  /**
   * Linear layers keep their weights in 8 or 4 bits, and compute in bfloat16; what goes in and
   * comes out is float32. Other layers are left as {@link DynamicQuantization} says, with 4 bits
   * also those whose inputs are no whole groups, or whose outputs are no multiple of 16.
   *
   * <p>A file with 4-bit weights is for CPUs with the vector instructions of the one that made it;
   * {@link Model#load} throws on others, Python computes wrong numbers there.
   *
   * @param bits 8, with a scale for each row, or 4
   * @param group how many 4-bit weights of a row share a scale: 32, 64, 128 or 256
   * @param keep layers that stay in float32
   */
  record WeightQuantization(int bits, int group, List<String> keep) implements Rewrite {
    /**
     * Weight-only quantisation; the list is copied.
     *
     * @throws IllegalArgumentException if bits or group are other numbers
     */
    public WeightQuantization {
      requireBits(bits);
      if (!List.of(32, 64, 128, 256).contains(group)) {
        throw new IllegalArgumentException("expected groups of 32, 64, 128 or 256, got " + group);
      }
      keep = List.copyOf(keep);
    }
  }

  /**
   * Embeddings, and bags of them that are summed, keep their rows in 8 or 4 bits; each row has its
   * own scale. Rows of an odd length have no 4 bits, and are left.
   *
   * @param bits 8 or 4
   * @param keep layers that stay in float32
   */
  record EmbeddingQuantization(int bits, List<String> keep) implements Rewrite {
    /**
     * Quantised embeddings; the list is copied.
     *
     * @throws IllegalArgumentException if bits is another number
     */
    public EmbeddingQuantization {
      requireBits(bits);
      keep = List.copyOf(keep);
    }
  }

  private static void requireBits(int bits) {
    if (bits != 8 && bits != 4) {
      throw new IllegalArgumentException("expected 8 or 4 bits, got " + bits);
    }
  }

  /**
   * The model is frozen, and looks at its inner values while it runs: calls of it gather what
   * {@link StaticInt8} needs. Its answers are the same; its calls take turns, and take longer.
   *
   * @param observer what is made of what is seen
   */
  record Observe(Observer observer) implements Rewrite {}

  /** How the range of an inner value is found from what was seen of it. */
  enum Observer {
    /** From the smallest to the largest number. */
    MIN_MAX("min-max"),

    /**
     * The part of that range that brings the least mean square error, by a histogram: few large
     * numbers are cut off, so that the many small ones are told apart better.
     */
    HISTOGRAM("histogram");

    private final String text;

    Observer(String text) {
      this.text = text;
    }

    /** The name that recipes use. */
    @Override
    public String toString() {
      return text;
    }
  }

  /**
   * Of a model that was {@linkplain Observe observed} while samples ran through it: convolutions
   * and linear layers compute with 8-bit integers, weights with a scale for each channel; what
   * comes between them (relu, sums, products, pooling, joining and reshaping) goes on with these
   * integers, and everything else computes in float32.
   *
   * <p>The weights are packed for an engine, as those of {@link DynamicQuantization} are.
   *
   * @param engine whose kernels are used: {@code x86}, {@code onednn}, {@code fbgemm} or {@code
   *     qnnpack}, as far as libtorch has them
   * @param keep layers that stay in float32
   */
  record StaticInt8(String engine, List<String> keep) implements Rewrite {
    /** Static quantisation; the list is copied. */
    public StaticInt8 {
      keep = List.copyOf(keep);
    }
  }

  /**
   * What a rewrite came to.
   *
   * @param model the changed copy
   * @param changes what became of which layer; layers that are as they were are not there
   */
  record Result(Model model, List<Change> changes) {
    /** A result; the list is copied. */
    public Result {
      changes = List.copyOf(changes);
    }
  }

  /**
   * What became of a layer.
   *
   * @param layer its name
   * @param before the operator and dtype that it was, for people
   * @param after the same of what it is
   * @param bytesBefore the bytes of its weights
   * @param bytesAfter the bytes of its new weights
   */
  record Change(String layer, String before, String after, long bytesBefore, long bytesAfter) {}
}
