package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.MemoryPlan.Made;
import io.github.narthex.models.Builtin;
import io.github.narthex.profile.MemoryWatch;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MemoryPlanTest {
  /** One tensor of 1 MB waits while two of 4 MB are there; a view of another is used late. */
  @Test
  void keepsATensorUntilItsLastUse() {
    MemoryPlan plan =
        MemoryPlan.of(
            List.of(
                new Made("a", "aten::conv2d", 1000, 1, 70, 0),
                new Made("b", "aten::relu", 4000, 2, 0, 0),
                new Made("c", "aten::conv2d", 4000, 3, 30, 500),
                new Made("d", "aten::add", 1000, 4, 0, 0)),
            new long[] {2, 0, 3, 1, 4, 0, 4, 2, 5, 3});
    assertEquals(10_000, plan.totalBytes());
    assertEquals(100, plan.flops());
    assertEquals(9500, plan.peakWithWorkspaceBytes());
    assertEquals(new MemoryPlan.Peak(9000, "aten::conv2d", 3), plan.peak());
    assertEquals(
        List.of(new MemoryPlan.Waiting(plan.tensors().getFirst(), 70, 8000)), plan.waiting(5));
    assertEquals(List.of(), plan.waiting(0));
  }

  /** To make "b" again, "a" must be made again too, since nothing else needs it then. */
  @Test
  void countsWhatElseIsMadeAgain() {
    MemoryPlan plan =
        MemoryPlan.of(
            List.of(
                new Made("a", "aten::mm", 10, 1, 5, 0),
                new Made("b", "aten::mm", 100, 2, 7, 0),
                new Made("c", "aten::mm", 1000, 3, 1, 0),
                new Made("d", "aten::mm", 1000, 4, 1, 0),
                new Made("e", "aten::add", 10, 5, 0, 0)),
            new long[] {2, 0, 3, 1, 4, 2, 5, 1, 5, 3, 6, 4});
    assertEquals(2100, plan.peak().bytes());
    MemoryPlan.Waiting waiting = plan.waiting(9).getFirst();
    assertEquals("b", waiting.tensor().name());
    assertEquals(12, waiting.flopsAgain());
    assertEquals(2000, waiting.peakBytes());
  }

  @Test
  void aShapeThatIsNotKnownCountsAsNothing() {
    MemoryPlan plan = MemoryPlan.of(List.of(new Made("a", "x::y", -1, 1, 0, 0)), new long[] {1, 0});
    assertEquals(1, plan.unknownCount());
    assertEquals(0, plan.peak().bytes());
  }

  @Test
  void foretellsWhatAConvolutionalNetTakes() {
    try (Arena arena = Arena.ofConfined()) {
      Model model = Builtin.RESNET18.build(arena, 1).freeze(arena);
      Tensor input = Tensors.zeros(arena, DType.FLOAT32, Shape.of(1, 3, 224, 224));
      MemoryPlan plan = MemoryPlan.of(model, List.of(Value.of(input)));
      assertEquals(0, plan.unknownCount(), () -> plan.tensors().toString());
      // 1.81 G multiplications and additions: what the field says of this net.
      assertEquals(3.63e9, (double) plan.flops(), 0.03e9);
      model.forward(arena, input);
      try (MemoryWatch watch = MemoryWatch.track();
          Arena call = Arena.ofConfined()) {
        model.forward(call, input);
        long measured = watch.read().peakChangeBytes();
        assertTrue(
            Math.abs(plan.peakWithWorkspaceBytes() - measured) < measured / 5,
            () -> plan.peakWithWorkspaceBytes() + " foretold, measured " + measured);
      }
    }
  }

  @Test
  void scalesWithTheBatch() {
    try (Arena arena = Arena.ofConfined()) {
      Model model = Builtin.MLP.build(arena, 1);
      Tensor one = Tensors.zeros(arena, DType.FLOAT32, Shape.of(1, 784));
      MemoryPlan single = MemoryPlan.of(model, List.of(Value.of(one)));
      MemoryPlan many = MemoryPlan.of(model, List.of(Value.of(one.expand(64, 784))));
      assertEquals(64 * single.peak().bytes(), many.peak().bytes());
      assertEquals(64 * single.flops(), many.flops());
      assertThrows(IllegalArgumentException.class, () -> MemoryPlan.of(model, List.of()));
    }
  }

  /** 2 x multiplications, as the definitions of these operators give them. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "torch.conv2d(x, torch.ones([8, 4, 3, 3]), None, 1, 'same')         | 36864",
        "torch.conv2d(x, torch.ones([8, 4, 3, 3]), None, 1, 'valid')        | 20736",
        "torch.conv2d(x, torch.ones([8, 2, 3, 3]), None, 2, 1, 1, 2)        | 4608",
        "torch.conv_transpose2d(x, torch.ones([4, 8, 2, 2]), None, 2)       | 16384",
        "torch.matmul(x, torch.ones([8, 5]))                                | 2560",
        "torch.linear(x, torch.ones([3, 8]))                                | 1536",
        "torch.add(x, x)                                                    | 0",
        "torch.bmm(x[0], torch.ones([4, 8, 7]))                             | 3584",
        "torch.scaled_dot_product_attention(x, x, x)                        | 8192"
      })
  void countsFloatingPointOperations(String code, long flops) {
    try (Arena arena = Arena.ofConfined()) {
      Model model = Model.script(arena, "def forward(self, x):\n  return " + code + "\n");
      Tensor x = Tensors.zeros(arena, DType.FLOAT32, Shape.of(1, 4, 8, 8));
      assertEquals(flops, MemoryPlan.of(model, List.of(Value.of(x))).flops(), code);
    }
  }

  @Test
  void followsLoopsAndBranches() {
    try (Arena arena = Arena.ofConfined()) {
      Model model =
          Model.script(
              arena,
              """
              def forward(self, x):
                for i in range(3):
                  if x.size(0) > 1:
                    x = x + 1
                  else:
                    x = torch.cat([x, x], 1)
                return x
              """);
      Tensor one = Tensors.zeros(arena, DType.FLOAT32, Shape.of(1, 10));
      MemoryPlan doubled = MemoryPlan.of(model, List.of(Value.of(one)));
      assertEquals((20 + 40 + 80) * 4, doubled.totalBytes());
      assertEquals((40 + 80) * 4, doubled.peak().bytes());
      MemoryPlan added = MemoryPlan.of(model, List.of(Value.of(one.expand(5, 10))));
      assertEquals(3 * 50 * 4, added.totalBytes());
    }
  }
}
