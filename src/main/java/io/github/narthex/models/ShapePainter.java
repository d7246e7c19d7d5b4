package io.github.narthex.models;

import java.util.function.IntBinaryOperator;

/**
 * Draws one of {@link ShapePictures}. All of it is integer arithmetic, so that other languages can
 * do the same to the bit; lengths are sixteenths of a pixel. Draws from the generator come in a
 * fixed order: {@code shape_pictures.py} has the same.
 */
final class ShapePainter {
  private static final int SIDE = ShapePictures.SIDE;
  private static final int PIXELS = SIDE * SIDE;
  private static final int UNIT = 16;
  private static final int EXTENT = SIDE * UNIT;
  private static final int STROKES = 3;
  private static final int SPOTS = 3;

  private final SplitMix64 random;
  private final int[] image = new int[3 * PIXELS];

  private ShapePainter(SplitMix64 random) {
    this.random = random;
  }

  /** Whether a place belongs to what is drawn. */
  @FunctionalInterface
  private interface Outline {
    boolean contains(int u, int v);
  }

  /** Values that may still be out of range. */
  private record Colour(int red, int green, int blue) {
    int of(int channel) {
      return channel == 0 ? red : channel == 1 ? green : blue;
    }
  }

  /** What is drawn, where and in which colour. */
  private record Figure(Frame frame, Outline outline, Colour colour) {}

  /** A place and a direction, in which pixels have coordinates; sine and cosine are of 1024. */
  private record Frame(int x, int y, int cos, int sin) {
    int u(int px, int py) {
      return (cos * (px - x) + sin * (py - y)) >> 10;
    }

    int v(int px, int py) {
      return (cos * (py - y) - sin * (px - x)) >> 10;
    }
  }

  /** Draws a picture of all that comes out of a generator. */
  static byte[] paint(SplitMix64 random) {
    ShapePainter painter = new ShapePainter(random);
    painter.paint();
    return painter.withNoise();
  }

  private void paint() {
    int label = random.below(ShapeKind.COUNT);
    Colour ground = colour();
    paintGround(ground);
    Colour shapeColour = colourOn(ground);
    int radius = 7 * UNIT + random.below(6 * UNIT);
    Frame place = frame(radius);
    Figure shape =
        new Figure(place, (u, v) -> ShapeKind.contains(label, u, v, radius), shapeColour);
    Figure[] strokes = new Figure[STROKES];
    for (int i = 0; i < STROKES; i++) {
      strokes[i] = stroke();
    }
    Figure[] spots = new Figure[SPOTS];
    for (int i = 0; i < SPOTS; i++) {
      spots[i] = spot();
    }
    for (int i = 0; i < STROKES / 2; i++) {
      draw(strokes[i]);
    }
    draw(shape);
    for (int i = STROKES / 2; i < STROKES; i++) {
      draw(strokes[i]);
    }
    for (Figure spot : spots) {
      draw(spot);
    }
  }

  private Colour colour() {
    return new Colour(random.below(256), random.below(256), random.below(256));
  }

  /** A gradient. */
  private void paintGround(Colour ground) {
    int slopeX = random.below(33);
    int slopeY = random.below(33);
    for (int channel = 0; channel < 3; channel++) {
      int from = ground.of(channel);
      int change = random.below(193) - 96;
      fill(channel, (row, column) -> from + ((change * (slopeX * column + slopeY * row)) >> 11));
    }
  }

  /** A colour that differs in one channel for certain. */
  private Colour colourOn(Colour ground) {
    int certain = random.below(3);
    return new Colour(
        channelOn(ground.red(), certain == 0),
        channelOn(ground.green(), certain == 1),
        channelOn(ground.blue(), certain == 2));
  }

  private int channelOn(int ground, boolean isClear) {
    int some = random.below(161) - 80;
    int much = 64 + random.below(64);
    int clear = ground > 127 ? -much : much;
    return ground + (isClear ? clear : some);
  }

  /** A frame so far from the border, by chance. */
  private Frame frame(int margin) {
    int x = margin + random.below(EXTENT - 2 * margin);
    int y = margin + random.below(EXTENT - 2 * margin);
    int k = random.below(64); // the tangent of half an angle below 90 degrees, of 64
    int along = (4096 - k * k) * 1024 / (4096 + k * k);
    int across = 128 * k * 1024 / (4096 + k * k);
    return switch (random.below(4)) {
      case 0 -> new Frame(x, y, along, across);
      case 1 -> new Frame(x, y, -across, along);
      case 2 -> new Frame(x, y, -along, -across);
      default -> new Frame(x, y, across, -along);
    };
  }

  private Figure stroke() {
    Frame frame = frame(0);
    int length = 3 * UNIT + random.below(9 * UNIT);
    int width = 6 + random.below(7);
    return new Figure(frame, (u, v) -> Math.abs(u) <= length && Math.abs(v) <= width, colour());
  }

  private Figure spot() {
    Frame frame = frame(0);
    int size = UNIT + random.below(2 * UNIT);
    return new Figure(frame, (u, v) -> u * u + v * v <= size * size, colour());
  }

  private void draw(Figure figure) {
    Frame frame = figure.frame();
    for (int i = 0; i < PIXELS; i++) {
      int px = (i % SIDE) * UNIT + UNIT / 2;
      int py = (i / SIDE) * UNIT + UNIT / 2;
      if (figure.outline().contains(frame.u(px, py), frame.v(px, py))) {
        for (int channel = 0; channel < 3; channel++) {
          image[channel * PIXELS + i] = figure.colour().of(channel);
        }
      }
    }
  }

  private void fill(int channel, IntBinaryOperator byRowAndColumn) {
    for (int i = 0; i < PIXELS; i++) {
      image[channel * PIXELS + i] = byRowAndColumn.applyAsInt(i / SIDE, i % SIDE);
    }
  }

  private byte[] withNoise() {
    int loudness = 8 + random.below(33);
    SplitMix64 noise = new SplitMix64(random.next());
    byte[] pixels = new byte[3 * PIXELS];
    for (int i = 0; i < PIXELS; i++) {
      long bits = noise.next();
      for (int channel = 0; channel < 3; channel++) {
        int part = (int) (bits >>> (8 * channel)) & 255;
        int value = image[channel * PIXELS + i] + (((part - 128) * loudness) >> 7);
        pixels[channel * PIXELS + i] = (byte) Math.clamp(value, 0, 255);
      }
    }
    return pixels;
  }
}
