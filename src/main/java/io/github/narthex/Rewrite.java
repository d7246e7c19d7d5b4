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
