"""Pictures of shapes with labels: io.github.narthex.models.ShapePictures, bit for bit.

All of it is integer arithmetic; lengths are sixteenths of a pixel. A picture depends on its seed and
index alone. Draws come in a fixed order, so that a batch is computed at once.
"""

import numpy

LABELS = ["disc", "ring", "square", "frame", "triangle", "cross", "half-disc", "crescent", "ell", "hourglass"]
SIDE = 32
UNIT = 16  # of a pixel
EXTENT = SIDE * UNIT
STROKES = 3
SPOTS = 3

GAMMA = 0x9E3779B97F4A7C15
MASK = (1 << 64) - 1


def mix(z):
    """SplitMix64's mixing of uint64."""
    z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
    return z ^ (z >> numpy.uint64(31))


class Stream:
    """A SplitMix64 for each picture of a batch."""

    def __init__(self, state):
        self.state = state

    def next(self):
        self.state = self.state + numpy.uint64(GAMMA)
        return mix(self.state)

    def below(self, bound):
        """From 0 to bound - 1; the bound may differ between pictures."""
        high = (self.next() >> numpy.uint64(32)).astype(numpy.int64)
        return (high * bound) >> 32


class Frame:
    """A place and a direction, in which pixels have coordinates."""

    def __init__(self, stream, margin):
        self.x = margin + stream.below(EXTENT - 2 * margin)
        self.y = margin + stream.below(EXTENT - 2 * margin)
        k = stream.below(64)  # half the tangent of an angle up to 90 degrees, of 64
        along = (4096 - k * k) * 1024 // (4096 + k * k)
        across = 128 * k * 1024 // (4096 + k * k)
        quarter = stream.below(4)
        self.cos = numpy.choose(quarter, [along, -across, -along, across])
        self.sin = numpy.choose(quarter, [across, along, -across, -along])

    def coordinates(self, px, py):
        dx = px - self.x[:, None]
        dy = py - self.y[:, None]
        cos, sin = self.cos[:, None], self.sin[:, None]
        return (cos * dx + sin * dy) >> 10, (cos * dy - sin * dx) >> 10


def inside(label, u, v, r):
    """Whether a place belongs to the shape of that label and size."""
    a, b = abs(u), abs(v)
    square = u * u + v * v
    box = numpy.maximum(a, b) * 8
    disc = square <= r * r
    notch = (u - r // 2) * (u - r // 2) + v * v
    return numpy.choose(
        label,
        [
            disc,
            disc & (square * 4 > r * r),
            box <= r * 7,
            (box <= r * 7) & (box > r * 4),
            (v * 2 >= -r) & (a * 7 + v * 4 <= r * 4),
            (numpy.minimum(a, b) * 3 <= r) & (numpy.maximum(a, b) <= r),
            disc & (v >= 0),
            disc & (notch * 16 > r * r * 9),
            (box <= r * 7) & ((u < -r // 4) | (v < -r // 4)),
            (b * 4 <= a * 3) & (a <= r),
        ],
    )


def colour(stream):
    return [stream.below(256) for _ in range(3)]


def paint(image, where, colours):
    for channel in range(3):
        image[:, channel] = numpy.where(where, colours[channel][:, None], image[:, channel])


def pictures(seed, first, count):
    """uint8 count x 3 x 32 x 32, and labels, of the pictures with indices from first on."""
    indices = numpy.arange(first, first + count, dtype=numpy.uint64)
    stream = Stream(mix(mix(numpy.array([seed & MASK], dtype=numpy.uint64)) + indices))
    label = stream.below(len(LABELS))
    column = numpy.arange(SIDE * SIDE) % SIDE
    row = numpy.arange(SIDE * SIDE) // SIDE
    px, py = column * UNIT + UNIT // 2, row * UNIT + UNIT // 2

    # The ground, with a gradient.
    ground = colour(stream)
    slope_x, slope_y = stream.below(33), stream.below(33)
    change = [stream.below(193) - 96 for _ in range(3)]
    t = slope_x[:, None] * column + slope_y[:, None] * row
    image = numpy.stack(
        [ground[c][:, None] + ((change[c][:, None] * t) >> 11) for c in range(3)], axis=1
    )

    # The shape's colour differs in one channel for certain.
    certain = stream.below(3)
    shape_colour = []
    for channel in range(3):
        some = ground[channel] + stream.below(161) - 80
        much = 64 + stream.below(64)
        clear = numpy.where(ground[channel] > 127, ground[channel] - much, ground[channel] + much)
        shape_colour.append(numpy.where(certain == channel, clear, some))

    radius = 7 * UNIT + stream.below(6 * UNIT)
    shape = Frame(stream, radius)
    strokes = []
    for _ in range(STROKES):
        place = Frame(stream, numpy.zeros_like(radius))
        strokes.append((place, 3 * UNIT + stream.below(9 * UNIT), 6 + stream.below(7), colour(stream)))
    spots = []
    for _ in range(SPOTS):
        place = Frame(stream, numpy.zeros_like(radius))
        spots.append((place, UNIT + stream.below(2 * UNIT), colour(stream)))

    def draw_stroke(place, length, width, colours):
        u, v = place.coordinates(px, py)
        paint(image, (abs(u) <= length[:, None]) & (abs(v) <= width[:, None]), colours)

    for stroke in strokes[: STROKES // 2]:
        draw_stroke(*stroke)
    u, v = shape.coordinates(px, py)
    paint(image, inside(label[:, None], u, v, radius[:, None]), shape_colour)
    for stroke in strokes[STROKES // 2 :]:
        draw_stroke(*stroke)
    for place, size, colours in spots:
        u, v = place.coordinates(px, py)
        paint(image, u * u + v * v <= (size * size)[:, None], colours)

    loudness = 8 + stream.below(33)
    base = stream.next()
    pixels = numpy.arange(1, SIDE * SIDE + 1, dtype=numpy.uint64) * numpy.uint64(GAMMA)
    noise = mix(base[:, None] + pixels)
    for channel in range(3):
        byte = ((noise >> numpy.uint64(8 * channel)) & numpy.uint64(255)).astype(numpy.int64)
        image[:, channel] += ((byte - 128) * loudness[:, None]) >> 7
    return numpy.clip(image, 0, 255).astype(numpy.uint8).reshape(count, 3, SIDE, SIDE), label


def normalised(images):
    """What the network takes; exact in float32."""
    return (images.astype(numpy.float32) - 128) / 64
