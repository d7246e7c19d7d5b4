package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Packages on a device: called, recorded, and with other weights. */
@ExtendWith({PretendDevice.class, LeakCheck.class})
class RecordedPackageTest {
  private static final Device DEVICE = PretendDevice.DEVICE;
  private static final ModelPackage.Options ONE = ModelPackage.Options.DEFAULT;
  private static final float[] W = {1, 0, 2, 0, 1, -1};
  private static final float[] B = {0.5f, -0.5f};
  private static final float[] OTHER_W = {-1, 3, 0, 2, 2, 1};
  private static final float[] OTHER_B = {1, 2};

  @TempDir Path directory;

  private Model load(Arena arena, ModelPackage.Options options) throws IOException {
    return Model.load(arena, PretendPackage.in(directory), DEVICE, options);
  }

  private static float[] row(int seed) {
    return new float[] {seed, 2 - seed, 0.5f * seed};
  }

  private static Tensor onDevice(Arena arena, float... values) {
    return Tensor.of(arena, values, values.length / 3, 3).to(DEVICE);
  }

  private static void write(Arena arena, Tensor input, float[] values) {
    io.github.narthex.Stream.defaultOf(DEVICE).copy(Tensor.of(arena, values, 1, 3), input);
  }

  private static Weights weights(Arena arena, float[] w, float[] b) {
    Weights weights = new Weights();
    weights.parameter("w", Tensor.of(arena, w, 2, 3));
    weights.parameter("b", Tensor.of(arena, b, 2));
    return weights;
  }

  private static void assertComputes(float[] expected, Session session) {
    session.run();
    assertArrayEquals(expected, session.output(0).toFloatArray(), 1e-6f);
  }

  @Test
  void callsAgreeWhateverTheRunners() throws IOException {
    for (ModelPackage.Options options : List.of(ONE, ONE.withRunners(2), ONE.singleThreaded())) {
      try (Arena arena = Arena.ofConfined()) {
        Model model = load(arena, options);
        PretendDevice.delay(1000);
        for (int i = 0; i < 4; i++) {
          Tensor output = model.forward(arena, onDevice(arena, row(i)));
          assertEquals(DEVICE, output.device());
          assertArrayEquals(
              PretendPackage.expected(row(i), W, B),
              output.toFloatArray(),
              1e-6f,
              options::toString);
        }
        PretendDevice.delay(0);
      }
    }
  }

  @Test
  void onTheOtherDevice() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      Model model =
          Model.load(arena, PretendPackage.in(directory), PretendDevice.OTHER, ONE)
              .withHostInputs(PretendDevice.OTHER);
      Tensor input = Tensor.of(arena, row(3), 1, 3);
      assertArrayEquals(
          PretendPackage.expected(row(3), W, B), model.forward(arena, input).toFloatArray(), 1e-6f);
      Session session = Session.open(arena, model, Value.of(input));
      session.record(1);
      assertComputes(PretendPackage.expected(row(3), W, B), session);
    }
  }

  @Test
  void itStaysWhereItWasLoaded() throws IOException {
    try (Arena arena = Arena.ofConfined();
        Arena longer = Arena.ofConfined()) {
      Model model = load(arena, ONE);
      Model same = model.to(longer, DEVICE);
      assertEquals(DEVICE, same.forward(longer, onDevice(longer, row(1))).device());
      assertThrows(UnsupportedException.class, () -> model.to(arena, PretendDevice.OTHER));
      assertThrows(UnsupportedException.class, () -> model.to(arena, Device.CPU));
    }
  }

  @Test
  void aReplayComputesWhatIsInTheInputsByThen() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      Tensor input = onDevice(arena, row(1));
      Model model = load(arena, ONE);
      Session session = Session.open(arena, model, Value.of(input));
      session.record(0); // constants are folded all the same
      assertTrue(session.isRecorded());
      PretendDevice.delay(PretendDevice.LATE);
      for (int i = 0; i < 3; i++) {
        write(arena, input, row(i));
        assertComputes(PretendPackage.expected(row(i), W, B), session);
      }
      // Calls that are not recorded go on, before and after others are recorded.
      assertArrayEquals(
          PretendPackage.expected(row(5), W, B),
          model.forward(arena, onDevice(arena, row(5))).toFloatArray(),
          1e-6f);
      Session second = Session.open(arena, model, Value.of(onDevice(arena, row(7))));
      second.record(1, session);
      assertComputes(PretendPackage.expected(row(7), W, B), second);
      assertComputes(PretendPackage.expected(row(2), W, B), session);
      assertArrayEquals(
          PretendPackage.expected(row(4), W, B),
          model.forward(arena, onDevice(arena, row(4))).toFloatArray(),
          1e-6f);
    }
  }

  @Test
  void inputsOnTheHost() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      Model model = load(arena, ONE).withHostInputs(DEVICE).withRecordedRuns();
      Tensor input = Tensor.of(arena, row(1), 1, 3);
      Session session = Session.open(arena, model, Value.of(input));
      for (int i = 0; i < 3; i++) {
        input.segment().copyFrom(java.lang.foreign.MemorySegment.ofArray(row(i)));
        assertComputes(PretendPackage.expected(row(i), W, B), session);
      }
      assertTrue(session.isRecorded(), () -> session.whyNotRecorded().orElse(""));
    }
  }

  /** What libtorch does to give calls runners, by events, is not possible in a recording. */
  @Test
  void withSeveralRunnersItIsNotRecorded() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      Model model = load(arena, ONE.withRunners(2));
      Session session = Session.open(arena, model, Value.of(onDevice(arena, row(1))));
      UnsupportedException refused =
          assertThrows(UnsupportedException.class, () -> session.record(1));
      assertTrue(
          String.valueOf(refused.getMessage()).contains("several runners"), refused::toString);
      assertComputes(PretendPackage.expected(row(1), W, B), session);
    }
  }

  @Test
  void whatReadsOnTheHostSaysSoAndGoesOn() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      Model model = Model.load(arena, PretendPackage.reading(directory), DEVICE, ONE);
      Session session =
          Session.open(arena, model.withRecordedRuns(), Value.of(onDevice(arena, row(1))));
      for (int i = 0; i < 3; i++) {
        assertComputes(PretendPackage.expected(row(1), W, B), session);
      }
      assertFalse(session.isRecorded());
      assertTrue(
          session.whyNotRecorded().orElse("").contains("captur"),
          session.whyNotRecorded()::toString);
    }
  }

  @Test
  void whatChangesItsStateIsNotRecorded() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      Model model = Model.load(arena, PretendPackage.stateful(directory), DEVICE, ONE);
      Session session =
          Session.open(arena, model.withRecordedRuns(), Value.of(onDevice(arena, row(1))));
      assertThrows(UnsupportedException.class, () -> session.record(1));
      assertComputes(PretendPackage.expected(row(1), W, B), session);
      assertTrue(session.whyNotRecorded().orElse("").contains("state"));
    }
  }

  @Test
  void replacedWeightsAreThoseOfTheNextRun() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      Model model = load(arena, ONE);
      Tensor input = onDevice(arena, row(3));
      Session recorded = Session.open(arena, model, Value.of(input));
      Session eager = Session.open(arena, model, Value.of(input));
      Session sharing = Session.open(arena, model, Value.of(onDevice(arena, row(4))));
      recorded.record(1);
      sharing.record(1, recorded);
      PretendDevice.fillFreed(0xff);
      PretendDevice.delay(1000);
      for (boolean swaps : new boolean[] {true, false, true, true, false}) {
        for (float[][] now : new float[][][] {{OTHER_W, OTHER_B}, {W, B}}) {
          Weights weights = weights(arena, now[0], now[1]);
          if (swaps) {
            PackageWeights.swap(model, weights);
          } else {
            PackageWeights.overwrite(model, weights);
          }
          float[] expected = PretendPackage.expected(row(3), now[0], now[1]);
          assertComputes(expected, recorded);
          assertComputes(expected, eager);
          assertComputes(PretendPackage.expected(row(4), now[0], now[1]), sharing);
          assertComputes(expected, recorded);
        }
      }
      assertTrue(recorded.isRecorded());
      try (Arena copies = Arena.ofConfined()) {
        Tensor w = PackageWeights.copy(model, copies).get("w");
        assertArrayEquals(W, w.toFloatArray());
      }
    }
  }

  @Test
  void replacedWhileOthersReplay() throws Exception {
    try (Arena arena = Arena.ofShared()) {
      Model model = load(arena, ONE);
      Session session = Session.open(arena, model, Value.of(onDevice(arena, row(3))));
      session.record(1);
      Weights[] both = {weights(arena, OTHER_W, OTHER_B), weights(arena, W, B)};
      float[] before = PretendPackage.expected(row(3), W, B);
      float[] after = PretendPackage.expected(row(3), OTHER_W, OTHER_B);
      CompletableFuture<Void> replacing =
          CompletableFuture.runAsync(
              () -> {
                for (int i = 0; i < 40; i++) {
                  PackageWeights.swap(model, both[i % 2]);
                }
              });
      while (!replacing.isDone()) {
        session.run();
        float[] result = session.output(0).toFloatArray();
        assertArrayEquals(result[0] == before[0] ? before : after, result, 1e-6f);
      }
      replacing.join();
      assertComputes(before, session);
    }
  }

  /** Constants are folded by one call, for which those on other streams must wait. */
  @Test
  void replacedWhileOthersCallOnTheirStreams() throws IOException {
    try (Arena arena = Arena.ofShared()) {
      Model model = load(arena, ONE);
      Weights[] both = {weights(arena, OTHER_W, OTHER_B), weights(arena, W, B)};
      float[] before = PretendPackage.expected(row(3), W, B);
      float[] after = PretendPackage.expected(row(3), OTHER_W, OTHER_B);
      Tensor input = onDevice(arena, row(3));
      PretendDevice.delay(200);
      CompletableFuture<Void> replacing =
          CompletableFuture.runAsync(
              () -> {
                for (int i = 0; i < 40; i++) {
                  PackageWeights.swap(model, both[i % 2]);
                }
              });
      List<Model> onStreams =
          List.of(model.withStream(Stream.of(DEVICE)), model.withStream(Stream.of(DEVICE)));
      while (!replacing.isDone()) {
        try (Arena calls = Arena.ofConfined()) {
          List<Tensor> results =
              onStreams.stream().map(called -> called.forward(calls, input)).toList();
          for (Tensor tensor : results) {
            float[] result = tensor.toFloatArray();
            assertArrayEquals(result[0] == before[0] ? before : after, result, 1e-6f);
          }
        }
      }
      replacing.join();
    }
  }
}
