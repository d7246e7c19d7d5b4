package io.github.narthex.internal.torch;

/** Which form of its code a model runs. */
public enum Fuser {
  /** The code as it is. */
  NONE(0),

  /** Compiled by oneDNN Graph for each shape of inputs. */
  ONEDNN_GRAPH(1),

  /** With weights in the layouts of oneDNN's kernels. */
  PREPACKED(2);

  private final int code;

  Fuser(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }
}
