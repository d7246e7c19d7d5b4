package io.github.narthex.optimize;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.Device;
import io.github.narthex.strategy.Recipe;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DecisionTableTest {
  private static final Device GPU = Device.cuda(1);

  private static DecisionTable table(Hardware hardware, String... operators) {
    return new DecisionTable(hardware, Set.of(operators), false);
  }

  @ParameterizedTest
  @EnumSource(Hardware.class)
  void eachRecipeIsOnTheDevicesThatWereAskedFor(Hardware hardware) {
    DecisionTable table = table(hardware, "aten::conv2d", "aten::linear");
    for (Goal goal : Goal.values()) {
      for (String recipe : table.recipes(goal, List.of(Device.CPU))) {
        assertEquals(Device.CPU, Recipe.parse(recipe).device(), recipe);
      }
      for (String recipe : table.recipes(goal, List.of(GPU))) {
        assertEquals(GPU, Recipe.parse(recipe).device(), recipe);
      }
      List<String> both = table.recipes(goal, List.of(Device.CPU, GPU));
      assertEquals(GPU, Recipe.parse(both.getFirst()).device());
      assertEquals(Device.CPU, Recipe.parse(both.getLast()).device());
    }
  }

  @Test
  void convolutionsAreLaidOutForAGpu() {
    assertTrue(
        table(Hardware.AVX, "aten::conv2d")
            .recipes(Goal.LATENCY, List.of(GPU))
            .getFirst()
            .contains("channels-last"));
    assertFalse(
        String.join(" ", table(Hardware.AVX, "aten::linear").recipes(Goal.LATENCY, List.of(GPU)))
            .contains("channels-last"));
  }
}
