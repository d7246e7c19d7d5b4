package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.models.Builtin;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Pipelines and replicas on two devices, on one twice, and on the CPU. */
@ExtendWith({PretendDevice.class, LeakCheck.class})
class SeveralDevicesTest {
  private static final Device ONE = PretendDevice.DEVICE;
  private static final Device OTHER = PretendDevice.OTHER;

  private static final List<List<Device>> PAIRS =
      List.of(
          List.of(ONE, OTHER),
          List.of(OTHER, ONE),
          List.of(ONE, ONE),
          List.of(Device.CPU, Device.CPU),
          List.of(Device.CPU, ONE));

  private static Tensor rows(Arena arena, int count) {
    float[] values = new float[count * 784];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.sin(i * 0.01);
    }
    return Tensor.of(arena, values, count, 784);
  }

  private static Model mlp(Arena arena) {
    return Builtin.MLP.build(arena, 1).withThreads(1);
  }

  private static void assertClose(Tensor expected, Tensor actual) {
    assertEquals(expected.shape(), actual.shape());
    assertArrayEquals(expected.toFloatArray(), actual.toFloatArray(), 1e-5f);
  }

  @Test
  void pipelinesComputeWhatTheModelDoesInOrder() {
    try (Arena arena = Arena.ofConfined()) {
      Model model = mlp(arena);
      ModelStages stages = ModelStages.of(arena, model, 2);
      Tensor input = rows(arena, 7);
      Tensor expected = model.forward(arena, input);
      for (List<Device> devices : PAIRS) {
        try (Pipeline pipeline = Pipeline.open(stages, devices)) {
          PretendDevice.delay(500);
          for (int parts : new int[] {1, 2, 3, 7, 50}) {
            Tensor output = pipeline.forward(arena, parts, Value.of(input)).tensor();
            assertEquals(Device.CPU, output.device());
            assertClose(expected, output);
          }
          PretendDevice.delay(0);
        }
      }
    }
  }

  /** Whoever overwrites what was freed too early finds out here. */
  @Test
  void residualsCrossDevicesWhoseWorkComesLate() {
    try (Arena arena = Arena.ofConfined()) {
      Model model =
          Model.script(
              arena,
              """
              def forward(self, x, scale: float):
                a = x * 2
                b = a + 1
                c = b * a
                d = c - x
                return {"sum": d + a, "all": (b, d * scale)}
              """);
      ModelStages stages = ModelStages.of(arena, model, 3);
      Value x = Value.of(rows(arena, 4));
      PretendDevice.fillFreed(0xff);
      try (Pipeline pipeline = Pipeline.open(stages, List.of(ONE, OTHER, ONE))) {
        PretendDevice.delay(2_000);
        Value output = pipeline.forward(arena, 4, x, Value.of(3.0));
        PretendDevice.delay(0);
        Value expected = model.forward(arena, x, Value.of(3.0));
        assertEquals(Values.kind(expected), Values.kind(output));
        for (int i = 0; i < 3; i++) {
          assertClose(expected.tensors().get(i), output.tensors().get(i));
        }
      }
    }
  }

  @Test
  void resultsGoWhereTheInputsWere() {
    try (Arena arena = Arena.ofConfined()) {
      Model model = mlp(arena);
      Tensor input = rows(arena, 3);
      Tensor expected = model.forward(arena, input);
      try (Pipeline pipeline = Pipeline.open(ModelStages.of(arena, model, 2), List.of(ONE, OTHER));
          Replicas replicas = Replicas.open(model, List.of(ONE, OTHER))) {
        for (Device device : List.of(ONE, OTHER)) {
          Value there = Value.of(input.to(device));
          for (Tensor output :
              List.of(
                  pipeline.forward(arena, 2, there).tensor(),
                  replicas.forward(arena, there).tensor())) {
            assertEquals(device, output.device());
            assertClose(expected, output.to(Device.CPU));
          }
        }
      }
    }
  }

  @Test
  void requestsAreTakenOneByOne() {
    try (Arena arena = Arena.ofConfined();
        Arena results = Arena.ofShared()) {
      Model model = mlp(arena);
      List<CompletableFuture<Value>> answers = new ArrayList<>();
      List<Tensor> expected = new ArrayList<>();
      Pipeline pipeline = Pipeline.open(ModelStages.of(arena, model, 2), List.of(ONE, OTHER));
      Replicas replicas = Replicas.open(model, List.of(ONE, OTHER, ONE));
      assertEquals(3, replicas.count());
      try (pipeline;
          replicas) {
        PretendDevice.delay(300);
        for (int i = 1; i <= 10; i++) {
          try (Arena brief = Arena.ofConfined()) { // the inputs may go at once
            Tensor input = rows(brief, i);
            Tensor answer = model.forward(arena, input);
            expected.addAll(List.of(answer, answer));
            answers.add(pipeline.submit(results, Value.of(input)));
            answers.add(replicas.submit(results, Value.of(input)));
          }
        }
      } // waits for all of them
      for (int i = 0; i < answers.size(); i++) {
        assertTrue(answers.get(i).isDone());
        assertClose(expected.get(i), answers.get(i).join().tensor());
      }
      pipeline.close();
      replicas.close();
      Value late = Value.of(rows(arena, 1));
      assertThrows(IllegalStateException.class, () -> pipeline.forward(arena, 1, late));
      assertThrows(IllegalStateException.class, () -> pipeline.submit(results, late));
      assertThrows(IllegalStateException.class, () -> replicas.forward(arena, late));
      assertThrows(IllegalStateException.class, () -> replicas.submit(results, late));
    }
  }

  @Test
  void replicasDivideBatchesOfAnySize() {
    try (Arena arena = Arena.ofConfined()) {
      Model model = mlp(arena);
      List<List<Device>> settings = new ArrayList<>(PAIRS);
      settings.add(List.of(OTHER));
      settings.add(List.of(ONE, OTHER, ONE, OTHER, Device.CPU));
      for (List<Device> devices : settings) {
        try (Replicas replicas = Replicas.open(model, devices)) {
          PretendDevice.delay(500);
          for (int count : new int[] {0, 1, 2, 5, 8}) {
            Tensor input = rows(arena, count);
            assertClose(
                model.forward(arena, input), replicas.forward(arena, Value.of(input)).tensor());
          }
          PretendDevice.delay(0);
        }
      }
    }
  }

  @Test
  void containersAreDividedAndJoined() {
    try (Arena arena = Arena.ofConfined()) {
      Model model =
          Model.script(
              arena,
              """
              def forward(self, x: Tuple[Tensor, List[Tensor]], table: Dict[str, Tensor], scale):
                y = x[0] + x[1][0]
                return {"a": [y, y * scale]}, (table["b"], 5, "text"), y
              """);
      Value x = Value.of(rows(arena, 5));
      Value[] inputs = {
        Value.tuple(x, Value.list(x)),
        Value.dict(Map.of("b", x)),
        Value.of(Tensor.of(arena, new float[] {3}))
      };
      try (Replicas replicas = Replicas.open(model, List.of(ONE, OTHER))) {
        Value expected = model.forward(arena, inputs);
        Value joined = replicas.forward(arena, inputs);
        for (int i = 0; i < 4; i++) {
          assertClose(expected.tensors().get(i), joined.tensors().get(i));
        }
        Tensor any = x.tensor();
        assertEquals(expected.withTensors(_ -> any), joined.withTensors(_ -> any));
      }
    }
  }

  @Test
  void theFirstFailureIsReportedAndTheRestEnds() {
    try (Arena arena = Arena.ofConfined();
        Arena results = Arena.ofShared()) {
      Model model =
          Model.script(
              arena,
              """
              def forward(self, x):
                y = x + 1
                assert float(x[0, 0]) < 2.5, "too large"
                return y * 2
              """);
      Tensor input = Tensor.of(arena, new float[] {0, 1, 2, 3, 4, 5}, 6, 1);
      Tensor good = Tensor.of(arena, new float[] {0, 1, 2}, 3, 1);
      try (Pipeline pipeline = Pipeline.open(ModelStages.of(arena, model, 2), List.of(ONE, OTHER));
          Replicas replicas = Replicas.open(model, List.of(ONE, OTHER, ONE))) {
        OperatorException inPipeline =
            assertThrows(
                OperatorException.class, () -> pipeline.forward(arena, 6, Value.of(input)));
        assertTrue(String.valueOf(inPipeline.getMessage()).contains("too large"));
        OperatorException inReplicas =
            assertThrows(OperatorException.class, () -> replicas.forward(arena, Value.of(input)));
        assertTrue(String.valueOf(inReplicas.getMessage()).contains("too large"));
        // Both go on.
        float[] expected = {2, 4, 6};
        assertArrayEquals(
            expected, pipeline.forward(arena, 3, Value.of(good)).tensor().toFloatArray());
        assertArrayEquals(
            expected, replicas.forward(arena, Value.of(good)).tensor().toFloatArray());
        Value bad = Value.of(input.narrow(0, 3, 1));
        for (CompletableFuture<Value> future :
            List.of(pipeline.submit(results, bad), replicas.submit(results, bad))) {
          CompletionException failed = assertThrows(CompletionException.class, future::join);
          assertTrue(failed.getCause() instanceof OperatorException, failed::toString);
        }
      }
    }
  }

  @Test
  void submittingDoesNotWaitAndResultsComeInOrder() {
    try (Arena arena = Arena.ofConfined();
        Arena results = Arena.ofShared()) {
      Model model = mlp(arena);
      try (Pipeline pipeline =
          Pipeline.open(ModelStages.of(arena, model, 2), List.of(ONE, OTHER))) {
        PretendDevice.delay(PretendDevice.LATE);
        CompletableFuture<Value> first = pipeline.submit(results, Value.of(rows(arena, 1)));
        CompletableFuture<Value> second = pipeline.submit(results, Value.of(rows(arena, 2)));
        assertFalse(first.isDone()); // submitting does not wait for the devices
        PretendDevice.delay(0);
        assertEquals(2, second.join().tensor().shape().dim(0));
        long done = PretendDevice.tasks();
        assertEquals(1, first.join().tensor().shape().dim(0));
        assertEquals(done, PretendDevice.tasks()); // the first one was computed before
      }
    }
  }

  @Test
  void whatDoesNotFitIsNamed() {
    try (Arena arena = Arena.ofConfined()) {
      Model model = mlp(arena);
      ModelStages stages = ModelStages.of(arena, model, 2);
      assertEquals(
          "expected a device for each of 2 stages, got 1",
          assertThrows(IllegalArgumentException.class, () -> Pipeline.open(stages, List.of(ONE)))
              .getMessage());
      Device missing = new Device(ONE.type(), 7);
      assertThrows(UnsupportedException.class, () -> Pipeline.open(stages, List.of(ONE, missing)));
      assertThrows(UnsupportedException.class, () -> Replicas.open(model, List.of(ONE, missing)));
      assertThrows(IllegalArgumentException.class, () -> Replicas.open(model, List.of()));
      Model counts = Model.load(arena, Fixtures.path("models/counts.pt"));
      assertThrows(UnsupportedException.class, () -> Replicas.open(counts, List.of(ONE)));
      Model sums = Model.script(arena, "def forward(self, x, y):\n  return x.sum() + y.sum()");
      try (Replicas replicas = Replicas.open(sums, List.of(ONE, OTHER));
          Pipeline pipeline = Pipeline.open(stages, List.of(ONE, OTHER))) {
        Value three = Value.of(rows(arena, 3));
        Value four = Value.of(rows(arena, 4));
        Value scalar = Value.of(Tensors.full(arena, DType.FLOAT32, Shape.of(), 1));
        for (List<Value> inputs : List.of(List.of(three, four), List.of(scalar, scalar))) {
          assertThrows(
              IllegalArgumentException.class,
              () -> replicas.forward(arena, inputs.toArray(Value[]::new)));
        }
        IllegalStateException notRows =
            assertThrows(IllegalStateException.class, () -> replicas.forward(arena, four, four));
        assertEquals(
            "expected outputs of 2 rows from inputs of so many, got float32 scalar: such parts"
                + " can't be joined",
            notRows.getMessage());
        assertThrows(IllegalArgumentException.class, () -> pipeline.forward(arena, 0, three));
        assertThrows(IllegalArgumentException.class, () -> pipeline.submit(arena, three));
        assertThrows(IllegalArgumentException.class, () -> replicas.submit(arena, three));
        assertThrows(
            OperatorException.class,
            () -> pipeline.forward(arena, 2, Value.of(Tensor.of(arena, new float[6], 3, 2))));
      }
    }
  }

  /** Places for requests become free while whoever waits for one is told of its answer. */
  @Test
  void whatDependsOnARequestMaySubmitMore() throws Exception {
    try (Arena arena = Arena.ofShared()) {
      Model model = mlp(arena);
      Value input = Value.of(rows(arena, 1));
      try (Pipeline pipeline = Pipeline.open(ModelStages.of(arena, model, 1), List.of(ONE));
          Replicas replicas = Replicas.open(model, List.of(ONE))) {
        List<CompletableFuture<Value>> chains = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
          chains.add(
              pipeline
                  .submit(arena, input)
                  .thenCompose(_ -> pipeline.submit(arena, input))
                  .thenApply(_ -> replicas.forward(arena, input))
                  .thenCompose(_ -> replicas.submit(arena, input)));
        }
        for (CompletableFuture<Value> chain : chains) {
          assertClose(
              model.forward(arena, input.tensor()), chain.get(60, TimeUnit.SECONDS).tensor());
        }
        CompletableFuture<Value> failed =
            pipeline
                .submit(arena, Value.of(7))
                .exceptionallyCompose(_ -> pipeline.submit(arena, input));
        assertEquals(Shape.of(1, 10), failed.get(60, TimeUnit.SECONDS).tensor().shape());
      }
    }
  }

  @Test
  void closingInAThreadThatIsInterruptedLosesNothing() throws Exception {
    try (Arena arena = Arena.ofShared()) {
      Model model = mlp(arena);
      Value input = Value.of(rows(arena, 1));
      Replicas replicas = Replicas.open(model, List.of(ONE));
      Pipeline pipeline = Pipeline.open(ModelStages.of(arena, model, 2), List.of(ONE, OTHER));
      PretendDevice.delay(PretendDevice.LATE);
      List<CompletableFuture<Value>> answers = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        answers.add(replicas.submit(arena, input));
        answers.add(pipeline.submit(arena, input));
      }
      Thread.currentThread().interrupt();
      replicas.close();
      assertTrue(Thread.interrupted());
      Thread.currentThread().interrupt();
      pipeline.close();
      assertTrue(Thread.interrupted());
      for (CompletableFuture<Value> answer : answers) {
        assertEquals(Shape.of(1, 10), answer.get(60, TimeUnit.SECONDS).tensor().shape());
      }
    }
  }
}
