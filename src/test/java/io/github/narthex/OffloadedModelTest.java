package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.models.Builtin;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Models whose weights stay on the host. */
@ExtendWith({PretendDevice.class, LeakCheck.class})
class OffloadedModelTest {
  private static final Device DEVICE = PretendDevice.DEVICE;

  private static Tensor ramp(Arena arena, long... shape) {
    float[] values = new float[(int) Shape.of(shape).elementCount()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.sin(0.1 * i);
    }
    return Tensor.of(arena, values, shape);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void answersAreThoseOfTheWholeModel(int count) {
    try (Arena arena = Arena.ofConfined()) {
      Model whole = Builtin.named("resnet18").orElseThrow().build(arena, 1);
      OffloadedModel model;
      try (Arena making = Arena.ofConfined()) {
        model = OffloadedModel.open(ModelStages.of(making, whole, count), DEVICE);
      }
      try (model) {
        PretendDevice.delay(2000);
        for (int i = 0; i < 2; i++) {
          Tensor image = ramp(arena, 1 + i, 3, 64, 64);
          Tensor answer = model.forward(arena, Value.of(image)).tensor();
          assertEquals(Device.CPU, answer.device());
          assertArrayEquals(
              whole.forward(arena, image).toFloatArray(), answer.toFloatArray(), 1e-4f);
        }
        Tensor there =
            model.forward(arena, Value.of(ramp(arena, 1, 3, 64, 64).to(DEVICE))).tensor();
        assertEquals(DEVICE, there.device());
      }
    }
  }

  /** 320 MB of weights; the device has 256 MiB. */
  @Test
  void aModelLargerThanTheDevice() {
    try (Arena arena = Arena.ofConfined()) {
      Weights weights = new Weights();
      StringBuilder code = new StringBuilder("def forward(self, x):\n");
      for (int i = 0; i < 5; i++) {
        weights.parameter(
            "w" + i, Tensors.full(arena, DType.FLOAT32, Shape.of(4096, 4096), 1f / 4096));
        code.append("  x = torch.linear(x, self.w").append(i).append(") + 1\n");
      }
      Model whole = Model.script(arena, weights, code + "  return x\n");
      assertThrows(
          DeviceMemoryException.class,
          () -> {
            try (Arena brief = Arena.ofConfined()) {
              Model _ = whole.to(brief, DEVICE);
            }
          });
      DeviceMemory.emptyCache(DEVICE);
      Tensor x = Tensors.full(arena, DType.FLOAT32, Shape.of(1, 4096), 1);
      try (OffloadedModel model = OffloadedModel.open(ModelStages.of(arena, whole, 5), DEVICE)) {
        float[] answer = model.forward(arena, Value.of(x)).tensor().toFloatArray();
        assertEquals(6f, answer[17], 1e-3f);
        OffloadedModel.Cost cost = model.measure(Value.of(x));
        assertTrue(cost.weightBytes() >= 5L * 4096 * 4096 * 4, cost::toString);
        assertTrue(cost.deviceBytes() < cost.weightBytes() / 2, cost::toString);
        assertTrue(cost.copyMs() > 0 && cost.computeMs() > 0 && cost.callMs() > 0, cost::toString);
      }
      Devices.synchronize(DEVICE);
      assertTrue(DeviceMemory.of(DEVICE).allocatedBytes() < 1 << 20);
    }
  }

  /** Each stage's weights come to where those of the one before the last were. */
  @Test
  void weightsAreNotOverwrittenWhileTheyAreUsed() {
    try (Arena arena = Arena.ofConfined()) {
      Weights weights = new Weights();
      StringBuilder code = new StringBuilder("def forward(self, x):\n");
      float expected = 1;
      for (int i = 0; i < 8; i++) {
        weights.parameter("w" + i, Tensors.full(arena, DType.FLOAT32, Shape.of(512), i + 1));
        code.append("  x = x * self.w").append(i).append(" - self.w").append(i).append("\n");
        expected = expected * (i + 1) - (i + 1);
      }
      Model whole = Model.script(arena, weights, code + "  return x\n");
      Tensor x = Tensors.full(arena, DType.FLOAT32, Shape.of(512), 1);
      try (OffloadedModel model = OffloadedModel.open(ModelStages.of(arena, whole, 8), DEVICE)) {
        PretendDevice.delay(3000);
        for (int i = 0; i < 3; i++) {
          assertEquals(
              expected, model.forward(arena, Value.of(x)).tensor().toFloatArray()[511], 1e-1f);
        }
      }
    }
  }

  @Test
  void mistakes() {
    try (Arena arena = Arena.ofConfined()) {
      Model mlp = Builtin.named("mlp").orElseThrow().build(arena, 1);
      ModelStages stages = ModelStages.of(arena, mlp, 2);
      assertThrows(IllegalArgumentException.class, () -> OffloadedModel.open(stages, Device.CPU));
      assertThrows(
          UnsupportedException.class,
          () -> OffloadedModel.open(stages, new Device(DEVICE.type(), 9)));
      OffloadedModel model = OffloadedModel.open(stages, DEVICE);
      Value input = Value.of(ramp(arena, 1, 784));
      assertThrows(
          OperatorException.class, () -> model.forward(arena, Value.of(ramp(arena, 1, 7))));
      assertThrows(IllegalArgumentException.class, () -> model.forward(arena, input, input));
      assertEquals(
          List.of(1L, 10L),
          java.util.Arrays.stream(model.forward(arena, input).tensor().shape().toArray())
              .boxed()
              .toList());
      model.close();
      model.close();
      assertThrows(IllegalStateException.class, () -> model.forward(arena, input));
    }
  }
}
