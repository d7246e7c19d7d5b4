package io.github.narthex.io;

import java.util.SplittableRandom;

/**
 * An image drawn by chance: a gradient, blobs, straight edges and a texture, each with a colour of
 * its own. Photographs have these four; so the first layers of a network find what they look for.
 */
final class ImageInput {
  private static final int BLOBS = 4;
  private static final int EDGES = 3;
  private static final int WAVES = 2;
  private static final int LAYERS = 1 + BLOBS + EDGES + WAVES;

  private ImageInput() {}

  /** Fills channels x height x width values, row-major, of the order of 1. */
  static void fill(float[] values, int channels, int height, int width, SplittableRandom random) {
    double[][] colours = new double[LAYERS][channels];
    for (double[] colour : colours) {
      double brightness = random.nextDouble(-1, 1);
      for (int c = 0; c < channels; c++) {
        colour[c] = brightness + 0.5 * random.nextDouble(-1, 1);
      }
    }
    Layer[] layers = layers(random);
    double[] strengths = new double[LAYERS];
    for (int row = 0; row < height; row++) {
      double y = (row + 0.5) / height;
      for (int column = 0; column < width; column++) {
        double x = (column + 0.5) / width;
        for (int l = 0; l < LAYERS; l++) {
          strengths[l] = layers[l].at(x, y);
        }
        double grain = 0.03 * random.nextDouble(-1, 1);
        for (int c = 0; c < channels; c++) {
          double value = grain;
          for (int l = 0; l < LAYERS; l++) {
            value += strengths[l] * colours[l][c];
          }
          values[(c * height + row) * width + column] = (float) value;
        }
      }
    }
  }

  /** How strong a layer is at a place of the unit square. */
  private interface Layer {
    double at(double x, double y);
  }

  private static Layer[] layers(SplittableRandom random) {
    Layer[] layers = new Layer[LAYERS];
    int next = 0;
    layers[next++] = gradient(random);
    for (int i = 0; i < BLOBS; i++) {
      layers[next++] = blob(random);
    }
    for (int i = 0; i < EDGES; i++) {
      layers[next++] = edge(random);
    }
    for (int i = 0; i < WAVES; i++) {
      layers[next++] = wave(random);
    }
    return layers;
  }

  private static Layer gradient(SplittableRandom random) {
    double dx = random.nextDouble(-1, 1);
    double dy = random.nextDouble(-1, 1);
    return (x, y) -> dx * x + dy * y;
  }

  /** A round spot with a soft border. */
  private static Layer blob(SplittableRandom random) {
    double centreX = random.nextDouble();
    double centreY = random.nextDouble();
    double radius = random.nextDouble(0.05, 0.3);
    return (x, y) -> {
      double squared = (x - centreX) * (x - centreX) + (y - centreY) * (y - centreY);
      double near = Math.max(0, 1 - squared / (radius * radius));
      return 2 * near * near;
    };
  }

  /** A half plane with a sharp border. */
  private static Layer edge(SplittableRandom random) {
    double angle = random.nextDouble(2 * Math.PI);
    double normalX = StrictMath.cos(angle);
    double normalY = StrictMath.sin(angle);
    double offset = random.nextDouble(-0.4, 0.4);
    return (x, y) -> (x - 0.5) * normalX + (y - 0.5) * normalY > offset ? 0.7 : 0;
  }

  /** Stripes, from a few to many across the image, in a part of it. */
  private static Layer wave(SplittableRandom random) {
    double angle = random.nextDouble(Math.PI);
    double frequency = 2 * Math.PI * StrictMath.pow(2, random.nextDouble(1, 5));
    double waveX = frequency * StrictMath.cos(angle);
    double waveY = frequency * StrictMath.sin(angle);
    Layer where = blob(random);
    return (x, y) -> StrictMath.sin(waveX * x + waveY * y) * (0.1 + where.at(x, y));
  }
}
