package io.github.narthex.bench;

import io.github.narthex.OperatorTimes;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Workers without processes, on a clock that only they move: each forward takes as long as its
 * recipe's latency says, and no time passes otherwise. What they say goes through the real worker
 * loop and the real protocol.
 */
final class SimulatedWorkers implements Worker.Factory {
  /** What goes wrong with a worker, and when. */
  record Fault(Class<? extends Protocol.Request> when, int howOftenBefore, WorkerFailure how) {}

  private static final Duration LOAD_TIME = Duration.ofMillis(800);

  private final Map<String, LongUnaryOperator> latencies = new LinkedHashMap<>();
  private final Map<String, Fault> faults = new LinkedHashMap<>();

  /** The recipes in the order of their turns. */
  final List<String> turns = new ArrayList<>();

  /** The requests in their order, with recipe. */
  final List<String> requests = new ArrayList<>();

  /** How many workers are alive now, and were at most. */
  int alive;

  int mostAlive;
  long now;

  /** A recipe whose forwards take a constant time and a little noise. */
  SimulatedWorkers with(String recipe, double milliseconds) {
    Random random = new Random(recipe.hashCode());
    return with(
        recipe, at -> (long) (milliseconds * 1e6 * (1 + 0.01 * Math.abs(random.nextGaussian()))));
  }

  /** A recipe whose forward's time depends on the clock. */
  SimulatedWorkers with(String recipe, LongUnaryOperator nanosAt) {
    latencies.put(recipe, nanosAt);
    return this;
  }

  /** Makes a recipe's worker fail at a request. */
  SimulatedWorkers fault(
      String recipe, Class<? extends Protocol.Request> when, int after, WorkerFailure how) {
    faults.put(recipe, new Fault(when, after, how));
    return this;
  }

  @Override
  public Worker start(String recipe) {
    alive++;
    mostAlive = Math.max(mostAlive, alive);
    return new SimulatedWorker(recipe);
  }

  private final class SimulatedWorker implements Worker {
    private final String recipe;
    private final WorkerLoop loop;
    private final Protocol protocol = new Protocol();
    private int asked;
    private boolean closed;

    SimulatedWorker(String recipe) {
      this.recipe = recipe;
      this.loop =
          new WorkerLoop(
              new SimulatedEngine(recipe), () -> now, new ProcessFacts(Path.of("/nowhere")));
    }

    @Override
    public Protocol.Reply ask(Protocol.Request request, Duration timeout) {
      requests.add(recipe + " " + request.getClass().getSimpleName());
      if (request instanceof Protocol.Run) {
        turns.add(recipe);
      }
      Fault fault = faults.get(recipe);
      if (fault != null && fault.when().isInstance(request) && asked++ >= fault.howOftenBefore()) {
        if (fault.how().status() == Status.TIMEOUT) {
          now += timeout.toNanos();
        }
        throw fault.how();
      }
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      Iterator<String> lines = List.of(protocol.encode(request)).iterator();
      loop.run(
          () -> lines.hasNext() ? lines.next() : null,
          new PrintStream(bytes, true, StandardCharsets.UTF_8));
      Protocol.Answer answer =
          Objects.requireNonNull(protocol.answer(bytes.toString(StandardCharsets.UTF_8).strip()));
      if (answer.reply() instanceof Protocol.Failure failure) {
        throw new WorkerFailure(failure);
      }
      return answer.reply();
    }

    @Override
    public PeakMemory peak() {
      return new PeakMemory(400_000_000, 0);
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        alive--;
      }
    }
  }

  private final class SimulatedEngine implements Engine {
    private final String recipe;
    private @Nullable String loaded;

    SimulatedEngine(String recipe) {
      this.recipe = recipe;
    }

    @Override
    public long peakDeviceBytes() {
      return 0;
    }

    @Override
    public Protocol.Prepared prepare(Protocol.Prepare request) {
      throw new UnsupportedOperationException();
    }

    @Override
    public List<String> load(Protocol.Load request) {
      now += LOAD_TIME.toNanos();
      loaded = request.recipe();
      return List.of();
    }

    @Override
    public void forward(int instance) {
      now += Objects.requireNonNull(latencies.get(loaded)).applyAsLong(now);
    }

    /** Convolutions take 80 % of a forward. */
    @Override
    public OperatorTimes profile(Runnable forwards) {
      long start = now;
      forwards.run();
      long nanos = (now - start) * 8 / 10;
      return new OperatorTimes(
          List.of(new OperatorTimes.Entry("aten::mkldnn_convolution", 10, nanos, nanos)));
    }

    @Override
    public int hold(List<List<String>> samples) {
      return samples.size();
    }

    @Override
    public void forward(int instance, long request) {
      forward(instance);
    }

    @Override
    public List<List<String>> outputs(Protocol.Outputs request) {
      request.inputs().forEach(input -> forward(0));
      return List.of(List.of(recipe));
    }

    @Override
    public long save(Path file) {
      return 100;
    }

    @Override
    public void close() {}
  }
}
