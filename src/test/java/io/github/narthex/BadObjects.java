package io.github.narthex;

import static java.util.Objects.requireNonNull;

import io.github.narthex.io.InputSpec;
import io.github.narthex.io.TensorFile;
import java.io.ByteArrayInputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Array;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.WildcardType;
import java.math.BigInteger;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes a random object of a parameter's type, in the arena of a call. */
final class BadObjects {
  private static final String DOUBLES =
      "def forward(self, x: Tensor, n: int = 2):\n  return x * n\n";

  private final BadArguments arguments;
  private final BadFiles files;
  private boolean gaveNull;

  BadObjects(BadArguments arguments, BadFiles files) {
    this.arguments = arguments;
    this.files = files;
  }

  /** Of that type; of an object, now and then, null. */
  @Nullable Object of(Type type) {
    return switch (type) {
      case Class<?> plain when plain.isPrimitive() -> primitive(plain);
      case Class<?> array when array.isArray() -> array(array.getComponentType());
      case Class<?> plain -> arguments.oneIn(60) ? nothing() : object(plain);
      case ParameterizedType generic -> arguments.oneIn(60) ? nothing() : container(generic);
      case WildcardType wildcard -> of(wildcard.getUpperBounds()[0]);
      default -> nothing();
    };
  }

  /** Of that class, to call a method of. */
  Object receiver(Class<?> type) {
    return requireNonNull(object(type));
  }

  /** Whether a null is among what it has made: only then may the call throw for one. */
  boolean gaveNull() {
    return gaveNull;
  }

  private @Nullable Object nothing() {
    gaveNull = true;
    return null;
  }

  private Object primitive(Class<?> type) {
    return switch (type.getName()) {
      case "boolean" -> arguments.oneIn(2);
      case "int" -> arguments.oneIn(2) ? arguments.below(4) : (int) arguments.number();
      case "long" -> arguments.number();
      case "double" -> arguments.real();
      case "float" -> (float) arguments.real();
      default -> throw new AssertionError(type);
    };
  }

  private Object array(Class<?> item) {
    if (item == long.class) {
      return arguments.numbers();
    }
    if (item == byte.class) {
      return files.bytes(arguments);
    }
    Object array = Array.newInstance(item, arguments.below(5));
    for (int i = 0; i < Array.getLength(array); i++) {
      if (!item.isPrimitive()) {
        Array.set(array, i, of(item));
      }
    }
    return array;
  }

  private @Nullable Object container(ParameterizedType type) {
    Type[] items = type.getActualTypeArguments();
    Class<?> raw = (Class<?>) type.getRawType();
    if (raw.isAssignableFrom(List.class)) {
      return arguments.listOf(() -> of(items[0]));
    }
    if (Map.class.isAssignableFrom(raw)) {
      Map<@Nullable Object, @Nullable Object> map = new LinkedHashMap<>();
      for (int i = arguments.below(3); i > 0; i--) {
        map.put(of(items[0]), of(items[1]));
      }
      return raw.isInstance(map) ? map : nothing();
    }
    return nothing();
  }

  private @Nullable Object object(Class<?> type) {
    if (type.isEnum()) {
      return arguments.oneOf(List.of(type.getEnumConstants()));
    }
    Arena arena = arguments.arena();
    return switch (type.getSimpleName()) {
      case "Arena" -> arena;
      case "Tensor" -> arguments.tensor();
      case "Value" -> arguments.value();
      case "String" -> arguments.text();
      case "Shape" -> arguments.shape();
      case "Device" -> arguments.device();
      case "Generator" -> arguments.generator();
      case "Number" -> number();
      case "Path" -> files.path(arguments);
      case "MemorySegment" -> segment();
      case "Buffer" -> buffer();
      case "InputStream" -> new ByteArrayInputStream(files.bytes(arguments));
      case "Weights" -> weights();
      case "Model" -> model();
      case "Session" -> session();
      case "Trace" -> trace();
      case "Operator" -> Operator.of("aten::add.Tensor");
      case "InputSpec" -> InputSpec.parse("x=2x3:float32:0..1");
      case "TensorFile" -> TensorFile.open(arguments.own(), files.path(arguments));
      case "TraceFunction" -> (TraceFunction) operands -> List.of(operands.input(0).relu());
      case "Object" -> arguments.text();
      default -> nothing();
    };
  }

  private Number number() {
    return switch (arguments.below(4)) {
      case 0 -> BigInteger.TWO;
      case 1 -> arguments.number();
      case 2 -> arguments.below(5);
      default -> arguments.real();
    };
  }

  private MemorySegment segment() {
    return switch (arguments.below(4)) {
      case 0 -> MemorySegment.ofArray(new float[arguments.below(10)]);
      case 1 -> arguments.own().allocate(arguments.below(64), 1).asReadOnly();
      case 2 -> MemorySegment.ofArray(files.bytes(arguments));
      default -> arguments.own().allocate(4L * arguments.below(16), 64);
    };
  }

  private Buffer buffer() {
    return switch (arguments.below(3)) {
      case 0 -> FloatBuffer.allocate(arguments.below(10));
      case 1 -> ByteBuffer.allocateDirect(arguments.below(64));
      default -> arguments.own().allocate(arguments.below(64), 1).asByteBuffer();
    };
  }

  /** Of the perceptron, with one of them changed, left out or added. */
  private Weights weights() {
    Arena own = arguments.own();
    Weights weights = new Weights();
    Map<String, Tensor> fitting = Model.load(own, files.model(arguments)).stateDict(own).tensors();
    fitting.forEach(
        (name, tensor) -> {
          if (!arguments.oneIn(6)) {
            weights.parameter(name, arguments.oneIn(6) ? arguments.tensor() : tensor);
          }
        });
    return arguments.oneIn(4) ? weights.buffer(arguments.text(), arguments.tensor()) : weights;
  }

  private Model model() {
    return arguments.oneIn(4)
        ? Model.script(arguments.own(), DOUBLES)
        : Model.load(arguments.own(), files.model(arguments));
  }

  private Session session() {
    Arena own = arguments.own();
    Session session = Session.open(own, Model.script(own, DOUBLES), Value.of(arguments.tensor()));
    if (arguments.oneIn(2)) {
      session.run();
    }
    return session;
  }

  private Trace trace() {
    Tensor tensor = Tensor.of(arguments.own(), new float[6], 2, 3);
    return Trace.begin(arguments.own(), new Weights().parameter("weight", tensor), tensor);
  }
}
