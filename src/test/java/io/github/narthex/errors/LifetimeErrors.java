package io.github.narthex.errors;

import io.github.narthex.DType;
import io.github.narthex.LeakWatch;
import io.github.narthex.LiveHandles;
import io.github.narthex.Operator;
import io.github.narthex.OperatorException;
import io.github.narthex.Session;
import io.github.narthex.Shape;
import io.github.narthex.Tensor;
import io.github.narthex.Tensors;
import io.github.narthex.Value;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

final class LifetimeErrors extends ErrorCases {
  private static final Shape TWO = Shape.of(2);

  LifetimeErrors(Arena arena, Path root) {
    super(arena, root);
    thrown("the tensor is closed: its arena was closed", () -> closed().shape());
    thrown("the arena is closed", () -> closed().add(1));
    thrown(
        "the tensor is closed: its session has run again since: …",
        () -> {
          Session session = session();
          session.run();
          Tensor output = session.output(0);
          session.run();
          output.toFloatArray();
        });
    thrown("native objects remain: 1 tensor; …", LifetimeErrors::leak);
    thrown("where objects were made is not noted: …", LiveHandles::sites);
    thrown("the session has not run yet", () -> session().output(0));
    thrown(
        "the session's last run failed",
        () -> {
          Session session = Session.open(arena, load("models/raises.pt"), Value.of(zeros(1)));
          try {
            session.run();
          } catch (OperatorException e) {
            session.output(0);
          }
        });
    thrown(
        "the tensor belongs to a confined arena of another thread; use Arena.ofShared() to share"
            + " it",
        () -> onAnotherThread(zeros(1)::shape));
    thrown("the arena is confined to another thread", () -> onAnotherThread(() -> zeros(1)));
    thrown(
        "the segment is of another arena, which might end before the tensor: …",
        () -> {
          try (Arena other = Arena.ofConfined()) {
            view(other.allocate(8, 8));
          }
        });
    thrown("a heap segment can't be viewed, …", () -> view(MemorySegment.ofArray(new float[2])));
    thrown("a read-only segment can't be viewed, …", () -> view(arena.allocate(8, 8).asReadOnly()));
    thrown("the segment is not aligned for …", () -> view(arena.allocate(16, 8).asSlice(1)));
    thrown(
        "expected at least 8 bytes for float32 2, the segment has 7",
        () -> view(arena.allocate(7, 8)));
    thrown(
        "expected 6 elements for 2x3, the array has 5", () -> Tensor.of(arena, new float[5], 2, 3));
    thrown(
        "the tensor is not row-major: copy it with contiguous() first",
        () -> zeros(2, 3).transpose(0, 1).segment());
    thrown("expected one element, the shape is 2", () -> zeros(2).item());
    thrown(
        "another thread is using the session: open one session for each thread",
        this::runOnTwoThreads);
    thrown(
        "a buffer on the heap can't be viewed, …",
        () -> Tensor.of(arena, FloatBuffer.allocate(2), DType.FLOAT32, TWO));
    thrown(
        "the buffer is in byte order …, expected …: …",
        () ->
            Tensor.of(
                arena,
                ByteBuffer.allocateDirect(8).order(ByteOrder.BIG_ENDIAN),
                DType.FLOAT32,
                TWO));
    thrown(
        "the elements are complex numbers: …",
        () -> Tensors.ones(arena, DType.COMPLEX64, TWO).toFloatArray());
    thrown(
        "a quantised tensor can't be made of memory alone: …",
        () -> Tensor.of(arena, arena.allocate(8, 8), DType.QINT8, TWO));
    thrown("a tensor of qint8 needs a scale …", () -> Tensors.ones(arena, DType.QINT8, TWO));
    thrown(
        "Trying to resize storage that is not resizable…",
        () ->
            Operator.of("aten::resize_")
                .call(arena, Value.of(view(arena.allocate(8, 8))), Value.of(new long[] {100})));
    thrown(
        "one call takes tensors over segments of at most 4 different shared arenas; …",
        this::callWithFiveArenas);
  }

  private Tensor view(MemorySegment memory) {
    return Tensor.of(arena, memory, DType.FLOAT32, TWO);
  }

  private static Tensor closed() {
    try (Arena ended = Arena.ofConfined()) {
      return Tensor.of(ended, new float[] {1}, 1);
    }
  }

  private Session session() {
    return Session.open(arena, load("models/mlp.pt").withThreads(1), Value.of(zeros(1, 8)));
  }

  private static void leak() {
    try (Arena forgotten = Arena.ofShared()) {
      LeakWatch watch = LeakWatch.begin();
      Tensor.of(forgotten, new float[] {1}, 1);
      watch.close();
    }
  }

  private static void onAnotherThread(Runnable work) throws Throwable {
    try {
      CompletableFuture.runAsync(work).get();
    } catch (ExecutionException e) {
      throw e.getCause();
    }
  }

  /** Both run it until this one is refused. */
  private void runOnTwoThreads() {
    try (Arena shared = Arena.ofShared()) {
      Tensor x = Tensor.of(shared, new float[8], 1, 8);
      Session session = Session.open(shared, load("models/mlp.pt").withThreads(1), Value.of(x));
      AtomicBoolean isRefused = new AtomicBoolean();
      CompletableFuture<Void> other =
          CompletableFuture.runAsync(() -> runUntil(isRefused, session));
      try {
        while (true) {
          session.run();
        }
      } finally {
        isRefused.set(true);
        other.join();
      }
    }
  }

  private static void runUntil(AtomicBoolean isRefused, Session session) {
    while (!isRefused.get()) {
      try {
        session.run();
      } catch (IllegalStateException e) {
        Thread.onSpinWait();
      }
    }
  }

  private void callWithFiveArenas() {
    List<Arena> arenas = new ArrayList<>();
    List<Value> views = new ArrayList<>();
    try {
      for (int i = 0; i < 5; i++) {
        arenas.add(Arena.ofShared());
        MemorySegment memory = arenas.getLast().allocate(4, 4);
        views.add(Value.of(Tensor.of(arenas.getLast(), memory, DType.FLOAT32, Shape.of(1))));
      }
      load("models/list-input.pt").forward(arena, Value.list(views.toArray(Value[]::new)));
    } finally {
      arenas.forEach(Arena::close);
    }
  }
}
