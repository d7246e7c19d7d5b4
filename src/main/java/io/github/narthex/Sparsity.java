package io.github.narthex;

import java.util.List;

/**
 * How many weights of a model are zero.
 *
 * @param layers convolutions and linear layers with floating-point weights, in the order of the
 *     code; layers that share a parameter are there once each, layers that share a constant once
 */
public record Sparsity(List<Layer> layers) {
  /**
   * One layer.
   *
   * @param name as {@link Rewrite} names layers
   * @param elements how many numbers its weights are, without biases
   * @param zeros how many of these are zero, or hidden by a mask
   */
  public record Layer(String name, long elements, long zeros) {
    /** The fraction that is zero; 0 of no elements. */
    public double share() {
      return elements == 0 ? 0 : (double) zeros / elements;
    }
  }

  /** The list is copied. */
  public Sparsity {
    layers = List.copyOf(layers);
  }

  /** How many numbers the weights are. */
  public long elements() {
    return layers.stream().mapToLong(Layer::elements).sum();
  }

  /** How many of them are zero. */
  public long zeros() {
    return layers.stream().mapToLong(Layer::zeros).sum();
  }

  /** The fraction of all that is zero; 0 of no elements. */
  public double share() {
    return new Layer("", elements(), zeros()).share();
  }
}
