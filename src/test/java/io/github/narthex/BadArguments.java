package io.github.narthex;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;

/** Random arguments for one call, of which most would do and some never do. */
final class BadArguments {
  private static final long[] NUMBERS = {
    0, 1, 1, 2, 2, 3, 5, -1, -1, -2, -7, 17, 1L << 62, Long.MAX_VALUE, Long.MIN_VALUE
  };
  private static final double[] REALS = {
    0, 1, 1, 0.5, -1, 2, 1e-30, -1e300, Double.NaN, Double.POSITIVE_INFINITY, -0.0
  };
  private static final String[] TEXTS = {
    "",
    "mean",
    "sum",
    "none",
    "forward",
    "ij,jk->ik",
    "cuda:9",
    "cpu",
    "float32",
    "1x2",
    "\0",
    "é",
    "fro",
    "[",
    "2x3:float32:0..1",
    "weight",
    "def forward(self, x):\n  return x",
    "def forward(self, x)\n  return"
  };
  private static final DType[] DTYPES = DType.values();
  private static final Device[] DEVICES = {
    Device.CPU, Device.parse("cuda:0"), Device.parse("cuda:9")
  };

  private final Random random;
  private final Arena own;
  private final Unusable unusable;

  BadArguments(Random random, Arena own, Unusable unusable) {
    this.random = random;
    this.own = own;
    this.unusable = unusable;
  }

  /** The arena of the call, which is closed after it. */
  Arena own() {
    return own;
  }

  boolean oneIn(int count) {
    return random.nextInt(count) == 0;
  }

  int below(int bound) {
    return random.nextInt(bound);
  }

  <T> T oneOf(List<T> items) {
    return items.get(random.nextInt(items.size()));
  }

  Random random() {
    return random;
  }

  Arena arena() {
    return oneIn(40) ? oneOf(unusable.arenas()) : own;
  }

  long number() {
    return NUMBERS[random.nextInt(NUMBERS.length)];
  }

  double real() {
    return REALS[random.nextInt(REALS.length)];
  }

  String text() {
    return TEXTS[random.nextInt(TEXTS.length)];
  }

  Device device() {
    return DEVICES[random.nextInt(DEVICES.length)];
  }

  DType dtype() {
    return switch (random.nextInt(4)) {
      case 0, 1 -> DType.FLOAT32;
      case 2 -> DType.INT64;
      default -> DTYPES[random.nextInt(DTYPES.length)];
    };
  }

  long[] numbers() {
    long[] numbers = new long[random.nextInt(5)];
    Arrays.setAll(numbers, _ -> oneIn(2) ? 1 + random.nextInt(3) : number());
    return numbers;
  }

  /** Of few elements. */
  Shape smallShape() {
    long[] dims = new long[random.nextInt(5)];
    Arrays.setAll(dims, _ -> oneIn(12) ? 0 : 1 + random.nextInt(4));
    return Shape.of(dims);
  }

  /** Of few elements, or of more than there is room for. */
  Shape shape() {
    return oneIn(8) ? Shape.of(3, 1L << 60) : smallShape();
  }

  Tensor tensor() {
    if (oneIn(40)) {
      return oneOf(unusable.tensors());
    }
    DType dtype = dtype();
    Shape shape = smallShape();
    if (dtype.isQuantized()) {
      return Operator.of("aten::quantize_per_tensor")
          .tensor(
              own,
              Value.of(Tensors.rand(own, DType.FLOAT32, shape, Generator.seeded(own, 1))),
              Value.of(0.1),
              Value.of(1),
              Value.of(dtype));
    }
    Tensor tensor =
        Tensor.of(own, longs(Math.toIntExact(shape.elementCount())), shape.toArray()).to(dtype);
    return oneIn(4) && shape.rank() > 1 ? tensor.transpose(0, 1) : tensor;
  }

  private long[] longs(int count) {
    long[] numbers = new long[count];
    boolean small = !oneIn(8);
    Arrays.setAll(numbers, _ -> small ? random.nextInt(4) : number());
    return numbers;
  }

  Generator generator() {
    return Generator.seeded(own, number());
  }

  <T> List<T> listOf(Supplier<T> item) {
    List<T> items = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      items.add(item.get());
    }
    return items;
  }

  /** Of any kind. */
  Value value() {
    return switch (random.nextInt(13)) {
      case 0 -> Value.of(number());
      case 1 -> Value.of(real());
      case 2 -> Value.of(oneIn(2));
      case 3 -> Value.of(text());
      case 4 -> Value.of(numbers());
      case 5 -> Value.of(dtype());
      case 6 -> Value.of(device());
      case 7 -> Value.of(oneOf(List.of(MemoryFormat.values())));
      case 8 -> Value.of(generator());
      case 9 -> new Value.OfList(listOf(this::value));
      case 10 -> new Value.OfTuple(listOf(this::value));
      case 11 -> Value.dict(Map.of(text(), value()));
      default -> Value.of(tensor());
    };
  }

  /** Mostly of the type that an operator's schema names. */
  Value value(String type) {
    if (oneIn(25)) {
      return value();
    }
    if (type.startsWith("Optional[")) {
      return oneIn(3)
          ? Value.none()
          : value(type.substring("Optional[".length(), type.length() - 1));
    }
    if (type.startsWith("List[")) {
      String item = type.substring("List[".length(), type.length() - 1);
      return item.equals("int") ? Value.of(numbers()) : new Value.OfList(listOf(() -> value(item)));
    }
    return switch (type) {
      case "Tensor" -> Value.of(tensor());
      case "int", "SymInt", "Layout" -> Value.of(number());
      case "float" -> Value.of(real());
      case "number", "Scalar" -> oneIn(2) ? Value.of(number()) : Value.of(real());
      case "bool" -> Value.of(oneIn(2));
      case "str" -> Value.of(text());
      case "dtype" -> Value.of(dtype());
      case "Device" -> Value.of(device());
      case "MemoryFormat" -> Value.of(oneOf(List.of(MemoryFormat.values())));
      case "Generator" -> Value.of(generator());
      default -> Value.none();
    };
  }
}
