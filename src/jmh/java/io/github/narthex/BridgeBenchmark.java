package io.github.narthex;

import io.github.narthex.models.Builtin;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What crossing the bridge costs. {@code native/bench/bridge.cpp} does the same in C++ under the
 * same names; {@code native/bench/bridge.sh} runs both in turns.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
    value = 1,
    jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC"})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class BridgeBenchmark {
  private static final Operator ADD = Operator.of("aten::add.Tensor");
  private static final int IMAGE = 3 * 224 * 224;

  private final Arena arena = Arena.ofConfined();
  private final Tensor one = Tensor.of(arena, new float[] {1}, 1);
  private final Tensor two = Tensor.of(arena, new float[] {2}, 1);
  private final float[] array = new float[IMAGE];
  private final MemorySegment segment = arena.allocate(4L * IMAGE, 64);
  private final MemorySegment scores = arena.allocate(4 * 10, 64);
  private final Shape image = Shape.of(1, 3, 224, 224);
  private final Session mlp =
      Session.open(
          arena,
          Builtin.MLP.build(arena, 0).withThreads(1),
          Value.of(Tensor.of(arena, new float[784], 1, 784)));

  /** Frees everything. */
  @TearDown
  public void close() {
    arena.close();
  }

  /** One element plus one element; handles made and freed. */
  @Benchmark
  public Tensor add() {
    try (Arena scope = Arena.ofConfined()) {
      return ADD.call(scope, Value.of(one), Value.of(two)).getFirst().tensor();
    }
  }

  /** A tensor over a segment of 602 kB, both of them freed. */
  @Benchmark
  public Tensor wrap() {
    try (Arena scope = Arena.ofConfined()) {
      return Tensor.of(scope, segment.reinterpret(scope, null), DType.FLOAT32, image);
    }
  }

  /** An image from a heap array into libtorch's memory. */
  @Benchmark
  public Tensor copyIn() {
    try (Arena scope = Arena.ofConfined()) {
      return Tensor.of(scope, array, 1, 3, 224, 224);
    }
  }

  /** The perceptron through a session, its scores copied out. */
  @Benchmark
  public MemorySegment session() {
    mlp.run();
    mlp.copyOutput(0, scores);
    return scores;
  }
}
