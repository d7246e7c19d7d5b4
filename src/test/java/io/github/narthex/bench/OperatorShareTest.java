package io.github.narthex.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.narthex.OperatorTimes;
import java.util.List;
import org.junit.jupiter.api.Test;

class OperatorShareTest {
  private static OperatorTimes times(OperatorTimes.Entry... entries) {
    return new OperatorTimes(List.of(entries));
  }

  @Test
  void whatNoOperatorTakesIsARowOfItsOwn() {
    List<OperatorShare> shares =
        OperatorShare.of(
            times(
                new OperatorTimes.Entry("aten::mm", 8, 2_000_000, 2_000_000),
                new OperatorTimes.Entry("aten::linear", 8, 500_000, 2_500_000)),
            4,
            10_000_000);
    assertEquals(
        List.of(
            new OperatorShare(OperatorShare.OUTSIDE, 1, 1.875, 0.75),
            new OperatorShare("aten::mm", 2, 0.5, 0.2),
            new OperatorShare("aten::linear", 2, 0.125, 0.05)),
        shares);
  }

  /** As where threads inside an operator call others. */
  @Test
  void operatorsSideBySideShareWhatTheyTookTogether() {
    List<OperatorShare> shares =
        OperatorShare.of(
            times(
                new OperatorTimes.Entry("aten::mm", 2, 9_000_000, 9_000_000),
                new OperatorTimes.Entry("aten::relu", 1, 3_000_000, 3_000_000)),
            1,
            10_000_000);
    assertEquals(0.75, shares.getFirst().share());
    assertEquals(new OperatorShare(OperatorShare.OUTSIDE, 1, 0, 0), shares.getLast());
  }

  @Test
  void nothingAtAll() {
    assertEquals(
        List.of(new OperatorShare(OperatorShare.OUTSIDE, 1, 0, 0)),
        OperatorShare.of(times(), 1, 0));
  }
}
