package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakCheck.class)
class OperatorTimesTest {
  private static OperatorTimes.Entry entry(OperatorTimes times, String name) {
    return times.entries().stream()
        .filter(entry -> entry.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError(name + " is not in " + times));
  }

  /** What the model's code has, counted by hand: two linear layers with an activation between. */
  @Test
  void countsOperatorsOfForwards() {
    try (Arena arena = Arena.ofConfined()) {
      Model model = Model.load(arena, Fixtures.path("models/mlp.pt"));
      Tensor input = Tensor.of(arena, new float[8], 1, 8);
      for (int i = 0; i < 3; i++) {
        model.forward(arena, input);
      }
      OperatorTimes times;
      try (OperatorTimes.Recording recording = OperatorTimes.record()) {
        for (int i = 0; i < 4; i++) {
          model.forward(arena, input);
        }
        times = recording.stop();
      }
      OperatorTimes.Entry outer = entry(times, "aten::linear");
      OperatorTimes.Entry inner = entry(times, "aten::addmm");
      assertEquals(8, outer.calls());
      assertEquals(8, inner.calls());
      assertTrue(inner.totalNanos() <= outer.totalNanos());
    }
  }

  @Test
  void timesFitIntoEachOther() {
    try (Arena arena = Arena.ofConfined()) {
      Model model = Model.load(arena, Fixtures.path("models/convnet.pt"));
      Tensor input = Tensors.zeros(arena, DType.FLOAT32, Shape.of(2, 3, 32, 32));
      model.forward(arena, input);
      long before = System.nanoTime();
      OperatorTimes times;
      try (OperatorTimes.Recording recording = OperatorTimes.record()) {
        model.forward(arena, input);
        times = recording.stop();
      }
      long wall = System.nanoTime() - before;
      assertTrue(times.selfNanos() <= wall, () -> times.selfNanos() + " > " + wall);
      for (OperatorTimes.Entry entry : times.entries()) {
        assertTrue(0 <= entry.selfNanos() && entry.selfNanos() <= entry.totalNanos(), entry::name);
      }
      List<OperatorTimes.Entry> sorted =
          times.entries().stream()
              .sorted(Comparator.comparingLong(OperatorTimes.Entry::selfNanos).reversed())
              .toList();
      assertEquals(sorted, times.entries());
    }
  }

  /** A kernel of the fuser is called by what it computes, not by a number. */
  @Test
  void fusedKernelsTellWhatTheyCompute() {
    try (Arena arena = Arena.ofConfined()) {
      Model model =
          Model.load(arena, Fixtures.path("models/convnet.pt")).freeze(arena).withOneDnnGraph();
      Tensor input = Tensors.zeros(arena, DType.FLOAT32, Shape.of(2, 3, 32, 32));
      for (int i = 0; i < 3; i++) {
        model.forward(arena, input);
      }
      try (OperatorTimes.Recording recording = OperatorTimes.record()) {
        model.forward(arena, input);
        List<String> names =
            recording.stop().entries().stream().map(OperatorTimes.Entry::name).toList();
        assertTrue(
            names.stream()
                .anyMatch(name -> name.matches("prim::oneDNNFusionGroup\\[.*conv.*\\+.*relu.*]")),
            names::toString);
      }
    }
  }

  @Test
  void otherThreadsCount() throws Exception {
    try (ExecutorService others = Executors.newFixedThreadPool(4);
        OperatorTimes.Recording recording = OperatorTimes.record()) {
      List<Future<?>> calls =
          IntStream.range(0, 40)
              .<Future<?>>mapToObj(
                  i ->
                      others.submit(
                          () -> {
                            try (Arena arena = Arena.ofConfined()) {
                              Tensor.of(arena, new float[] {-1, 1}, 2).relu();
                            }
                          }))
              .toList();
      for (Future<?> call : calls) {
        call.get();
      }
      assertEquals(40, entry(recording.stop(), "aten::relu").calls());
    }
  }

  @Test
  void oneAtATime() {
    try (OperatorTimes.Recording first = OperatorTimes.record()) {
      MoreAssertions.assertThrowsWith(
          IllegalStateException.class,
          "one measurement at a time in a process",
          OperatorTimes::record);
      first.stop();
      OperatorTimes.record().close();
    }
  }

  @Test
  void stoppedOnce() {
    OperatorTimes.Recording recording = OperatorTimes.record();
    assertEquals(List.of(), recording.stop().entries());
    assertThrows(IllegalStateException.class, recording::stop);
    recording.close();
    recording.close();
    OperatorTimes.Recording closed = OperatorTimes.record();
    closed.close();
    assertThrows(IllegalStateException.class, closed::stop);
  }

  /** A recording that another thread ends. */
  @Test
  void anyThreadMayEndIt() throws Exception {
    OperatorTimes.Recording recording = OperatorTimes.record();
    try (ExecutorService other = Executors.newSingleThreadExecutor()) {
      assertEquals(List.of(), other.submit(recording::stop).get().entries());
    }
  }
}
