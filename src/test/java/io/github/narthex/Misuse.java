package io.github.narthex;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Does what callers must not do, and writes a line for each attempt: what was tried, and the
 * exception or "nothing". {@link MisuseTest} runs it in a JVM of its own.
 */
final class Misuse {
  private static final Path MLP = Path.of(System.getProperty("mlp", ""));

  private Misuse() {}

  /** A statement that should throw. */
  private interface Attempt {
    void run() throws Exception;
  }

  private static final Map<String, Attempt> ATTEMPTS = new LinkedHashMap<>();

  static {
    ATTEMPTS.put("closed", Misuse::closed);
    ATTEMPTS.put("thread", Misuse::anotherThread);
    ATTEMPTS.put("session", Misuse::sessionOfTwoThreads);
    ATTEMPTS.put("load", () -> Model.load(Arena.global(), MLP));
  }

  public static void main(String[] arguments) throws Exception {
    Attempt attempt = ATTEMPTS.get(arguments[0]);
    if (attempt == null) {
      throw new IllegalArgumentException(arguments[0]);
    }
    attempt.run();
  }

  private static void report(String what, Attempt attempt) {
    Throwable thrown = thrownBy(attempt);
    System.out.println(
        what
            + ": "
            + (thrown == null
                ? "nothing"
                : thrown.getClass().getSimpleName() + ": " + thrown.getMessage()));
  }

  private static @Nullable Throwable thrownBy(Attempt attempt) {
    try {
      attempt.run();
      return null;
    } catch (Throwable e) {
      return e;
    }
  }

  /** One of each object, in one arena. */
  private record Objects(
      Arena arena,
      MemorySegment memory,
      Tensor tensor,
      Model model,
      Session session,
      Trace trace,
      MemorySegment output) {
    static Objects in(Arena arena) {
      Model model = Model.load(arena, MLP).withThreads(1);
      MemorySegment memory = arena.allocate(64, 64);
      Tensor tensor = Tensor.of(arena, memory, DType.FLOAT32, Shape.of(2, 8));
      Session session = Session.open(arena, model, Value.of(tensor));
      session.run();
      Trace trace = Trace.begin(arena, new Weights().parameter("w", tensor), tensor);
      MemorySegment output = session.output(0).segment();
      return new Objects(arena, memory, tensor, model, session, trace, output);
    }

    /** Everything that reaches native code, each with objects that can't be used. */
    void useAll() {
      Arena ok = Arena.global();
      Tensor open = Tensor.of(ok, new float[16], 2, 8);
      Model openModel = Model.load(ok, MLP).withThreads(1);
      report("tensor.shape", tensor::shape);
      report("tensor.segment", tensor::segment);
      report("tensor.toFloatArray", tensor::toFloatArray);
      report("tensor.toString", () -> System.err.println(tensor));
      report("tensor.copyTo", () -> tensor.copyTo(MemorySegment.ofArray(new float[16])));
      report("tensor.keep", () -> tensor.keep(ok));
      report("tensor.keep in", () -> open.keep(arena));
      report("tensor.copy in", () -> open.copy(arena));
      report("tensor.to", () -> tensor.to(DType.INT8));
      report("tensor.add", () -> open.add(tensor));
      report("tensor.of", () -> Tensor.of(arena, new float[1], 1));
      report("tensor.of segment", () -> Tensor.of(arena, memory, DType.FLOAT32, Shape.of(1)));
      report("tensor.empty", () -> Tensor.empty(arena, DType.INT8, Shape.of(1)));
      report("operator", () -> Operator.of("aten::relu").call(arena, Value.of(open)));
      report("model.forward", () -> model.forward(ok, open));
      report("model.forward with", () -> openModel.forward(ok, tensor));
      report("model.forward in", () -> openModel.forward(arena, open));
      report("model.load", () -> Model.load(arena, MLP));
      report("model.methods", model::methods);
      report("model.parameters", model::parameters);
      report("model.training", model::training);
      report("model.freeze", () -> model.freeze(ok));
      report("model.freeze in", () -> openModel.freeze(arena));
      report("model.save", () -> model.save(Path.of("model.pt")));
      report("session.open", () -> Session.open(ok, model, Value.of(open)));
      report("session.open with", () -> Session.open(ok, openModel, Value.of(tensor)));
      report("session.open in", () -> Session.open(arena, openModel, Value.of(open)));
      report("session.run", session::run);
      report("session.outputCount", session::outputCount);
      report("session.output", () -> session.output(0));
      report("session.copyOutput", () -> session.copyOutput(0, ok.allocate(32)));
      report("trace.begin", () -> Trace.begin(ok, new Weights(), tensor));
      report("trace.begin with", () -> Trace.begin(ok, new Weights().buffer("w", tensor), open));
      report("trace.begin in", () -> Trace.begin(arena, new Weights(), open));
      report("trace.weight", () -> trace.weight("w"));
      report("trace.input", () -> trace.input(0).relu());
      report("trace.end", () -> trace.end(ok, trace.input(0)));
      report("segment of an output", () -> output.get(JAVA_FLOAT, 0));
    }
  }

  private static void closed() {
    for (Arena arena : new Arena[] {Arena.ofConfined(), Arena.ofShared()}) {
      Objects objects = Objects.in(arena);
      arena.close();
      objects.useAll();
    }
  }

  private static void anotherThread() throws InterruptedException {
    try (Arena arena = Arena.ofConfined()) {
      Objects objects = Objects.in(arena);
      Thread.ofPlatform().start(objects::useAll).join();
      Thread.ofVirtual().start(objects::useAll).join();
    }
  }

  /** Two threads in one session, as fast as they can. */
  private static void sessionOfTwoThreads() throws InterruptedException {
    try (Arena arena = Arena.ofShared()) {
      Session session = Objects.in(arena).session();
      AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
      Runnable runs =
          () -> {
            for (int i = 0; i < 100_000; i++) {
              Throwable thrown =
                  thrownBy(
                      () -> {
                        session.run();
                        session.output(0).toFloatArray();
                      });
              if (thrown != null) {
                failure.compareAndSet(null, thrown);
              }
            }
          };
      Thread first = Thread.ofPlatform().start(runs);
      Thread second = Thread.ofPlatform().start(runs);
      first.join();
      second.join();
      report(
          "two threads",
          () -> {
            if (failure.get() instanceof RuntimeException e) {
              throw e;
            }
          });
    }
  }
}
