package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What code means that names a kind of device without an index. */
@ExtendWith({PretendDevice.class, LeakCheck.class})
class CurrentDeviceTest {
  private static final Device ONE = PretendDevice.DEVICE;
  private static final Device OTHER = PretendDevice.OTHER;
  private static final Device.Type TYPE = ONE.type();

  private static final String ADDS_ITS_OWN =
      """
      def forward(self, x):
        return x + torch.ones([3], device=torch.device("privateuseone")) + self.weight
      """;

  private static final String MAKES =
      """
      def forward(self, n: int):
        assert n > 0, "too small"
        return torch.ones([n], device=torch.device("privateuseone"))
      """;

  @AfterEach
  void nothingStaysBehind() {
    assertEquals(ONE, Devices.current(TYPE));
  }

  private static Tensor ones(Arena arena) {
    return Tensors.full(arena, DType.FLOAT32, Shape.of(3), 1);
  }

  private static Model onOther(Arena arena) {
    Weights weights = new Weights();
    weights.parameter("weight", ones(arena));
    Model onCpu = Model.script(arena, weights, ADDS_ITS_OWN);
    assertThree(onCpu.to(arena, ONE).forward(arena, ones(arena).to(ONE)), ONE);
    return onCpu.to(arena, OTHER);
  }

  private static void assertThree(Tensor tensor, Device device) {
    assertEquals(device, tensor.device());
    assertArrayEquals(new float[] {3, 3, 3}, tensor.toFloatArray());
  }

  @Test
  void aModelMeansItsOwnDevice() {
    try (Arena arena = Arena.ofShared()) {
      Model model = onOther(arena);
      Tensor input = ones(arena).to(OTHER);
      Model onStream = model.withStream(Stream.of(OTHER));
      for (Model one : List.of(model, onStream, model.withThreads(2), onStream.withThreads(2))) {
        assertThree(one.forward(arena, input), OTHER);
        assertThree(one.forwardAsync(arena, input).join(), OTHER);
        Session session = Session.open(arena, one, Value.of(input));
        session.run();
        assertThree(session.output(0), OTHER);
      }
      assertThree(model.freeze(arena).forward(arena, input), OTHER);
      assertThree(model.withHostInputs(OTHER).forward(arena, ones(arena)), Device.CPU);
      assertThree(
          Devices.withCurrent(ONE, () -> model.forward(arena, input)), OTHER); // whatever it is
    }
  }

  @Test
  void recordedRunsDoToo() {
    try (Arena arena = Arena.ofConfined()) {
      Tensor input = ones(arena).to(OTHER);
      Session session = Session.open(arena, onOther(arena), Value.of(input));
      session.record(2);
      session.run();
      assertThree(session.output(0), OTHER);
    }
  }

  @Test
  void aCallThatFailsLeavesTheDeviceAsItWas() {
    try (Arena arena = Arena.ofConfined()) {
      Model model = onOther(arena);
      Tensor wrong = Tensors.full(arena, DType.FLOAT32, Shape.of(5), 1).to(OTHER);
      for (Model one : List.of(model, model.withStream(Stream.of(OTHER)))) {
        assertThrows(OperatorException.class, () -> one.forward(arena, wrong));
        assertEquals(ONE, Devices.current(TYPE));
      }
    }
  }

  @Test
  void aModelWithoutWeightsMeansThatOfItsInputs() {
    try (Arena arena = Arena.ofConfined()) {
      Model model =
          Model.script(
              arena,
              """
              def forward(self, x: List[Tensor]):
                return x[0] + torch.full(x[0].shape, 2., device=torch.device("privateuseone"))
              """);
      for (Device device : List.of(OTHER, ONE)) {
        Value input = Value.list(Value.of(ones(arena).to(device)));
        assertThree(model.forward(arena, input).tensor(), device);
      }
    }
  }

  @Test
  void theCurrentDeviceIsForWhatIsOnNone() {
    try (Arena arena = Arena.ofConfined()) {
      Model model = Model.script(arena, MAKES);
      for (Model one : List.of(model.withThreads(1), model.withThreads(2))) {
        assertEquals(ONE, one.forward(arena, Value.of(3)).tensor().device());
        Devices.withCurrent(
            OTHER,
            () -> {
              assertEquals(OTHER, Devices.current(TYPE));
              assertEquals(OTHER, one.forward(arena, Value.of(3)).tensor().device());
              Devices.withCurrent(
                  ONE,
                  () -> {
                    assertEquals(ONE, one.forward(arena, Value.of(3)).tensor().device());
                    return ONE;
                  });
              assertEquals(OTHER, one.forward(arena, Value.of(3)).tensor().device());
              return OTHER;
            });
        assertEquals(ONE, one.forward(arena, Value.of(3)).tensor().device());
      }
      Tensor named = model.withStream(Stream.of(OTHER)).forward(arena, Value.of(3)).tensor();
      assertEquals(OTHER, named.device());
    }
  }

  @Test
  void itComesBackAfterAFailure() {
    IllegalStateException thrown = new IllegalStateException("a failure");
    assertEquals(
        thrown,
        assertThrows(
            IllegalStateException.class,
            () ->
                Devices.withCurrent(
                    OTHER,
                    () -> {
                      throw thrown;
                    })));
    try (Arena arena = Arena.ofConfined()) {
      Model model = Model.script(arena, MAKES);
      assertThrows(
          OperatorException.class,
          () -> Devices.withCurrent(OTHER, () -> model.forward(arena, Value.of(0))));
    }
  }

  @Test
  void otherThreadsHaveTheirOwn() {
    Device there =
        Devices.withCurrent(
            OTHER, () -> CompletableFuture.supplyAsync(() -> Devices.current(TYPE)).join());
    assertEquals(ONE, there);
  }

  @Test
  void whatDoesNotFitIsNamed() throws InterruptedException {
    Device missing = new Device(TYPE, 7);
    assertEquals(
        "there is no device privateuseone:7, only 2 of its kind",
        assertThrows(UnsupportedException.class, () -> Devices.withCurrent(missing, () -> missing))
            .getMessage());
    assertThrows(
        UnsupportedException.class,
        () -> Devices.withCurrent(new Device(Device.Type.XPU, 0), () -> 1));
    assertThrows(
        IllegalArgumentException.class, () -> Devices.withCurrent(Device.CPU, () -> Device.CPU));
    assertThrows(IllegalArgumentException.class, () -> Devices.current(Device.Type.CPU));
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                Device _ = Devices.withCurrent(OTHER, () -> OTHER);
              } catch (Throwable e) {
                failure.set(e);
              }
            })
        .join();
    assertTrue(failure.get() instanceof WrongThreadException, () -> "" + failure.get());
    assertTrue(String.valueOf(failure.get().getMessage()).startsWith("expected a platform thread"));
  }
}
