package io.github.narthex;

/** How the elements of an image of another size are made. */
public enum Interpolation {
  /** The nearest element, by PyTorch's rule for {@code nearest}: the corner counts. */
  NEAREST("aten::upsample_nearest2d", false),
  /** The nearest element, as other image libraries have it: the centre counts. */
  NEAREST_EXACT("aten::_upsample_nearest_exact2d", false),
  /** Linear between 2 x 2 elements. */
  BILINEAR("aten::upsample_bilinear2d", true),
  /** Cubic between 4 x 4 elements. */
  BICUBIC("aten::upsample_bicubic2d", true),
  /** Linear, over more elements where the image shrinks: without aliasing. */
  BILINEAR_ANTIALIAS("aten::_upsample_bilinear2d_aa", true),
  /** Cubic, over more elements where the image shrinks: without aliasing. */
  BICUBIC_ANTIALIAS("aten::_upsample_bicubic2d_aa", true);

  private final String operator;
  private final boolean alignsCorners;

  Interpolation(String operator, boolean alignsCorners) {
    this.operator = operator;
    this.alignsCorners = alignsCorners;
  }

  String operator() {
    return operator;
  }

  boolean alignsCorners() {
    return alignsCorners;
  }
}
