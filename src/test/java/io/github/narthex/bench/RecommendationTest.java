package io.github.narthex.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecommendationTest {
  /** A lane with a turn in each of some rounds. */
  private static Lane lane(String recipe, double... milliseconds) {
    Lane lane = unjudged(recipe, milliseconds);
    lane.judge(Answers.withError(0), 0.02);
    return lane;
  }

  private static Lane unjudged(String recipe, double... milliseconds) {
    Lane lane = new Lane(recipe);
    for (double ms : milliseconds) {
      long nanos = (long) (ms * 1e6);
      lane.ran(new Protocol.Ran(new long[] {nanos, nanos + 1000, nanos + 2000}, Disturbance.NONE));
    }
    return lane;
  }

  private static Recommendation of(Lane... lanes) {
    for (Lane lane : Arrays.asList(lanes).subList(1, lanes.length)) {
      for (int i = 0; i < lane.turns().size(); i++) {
        if (i < lanes[0].turns().size()) {
          lane.pair(lanes[0].turns().get(i), lane.turns().get(i));
        }
      }
    }
    return Recommendation.of(List.of(lanes), 0);
  }

  private static Lane eager() {
    return lane("eager", 50, 51, 49, 50, 52, 50);
  }

  @Test
  void uncheckedAnswersAreNeverRecommended() {
    Lane eager = new Lane("eager");
    eager.fail(Status.CRASHED, "gone");
    Lane freeze = unjudged("freeze", 40, 41, 39, 40, 42, 40);

    Recommendation recommendation = of(eager, freeze);

    assertNull(recommendation.recipe());
    assertEquals(
        "No recipe can be recommended: eager gave no answers to compare others with.",
        recommendation.sentence());
  }

  @Test
  void clearWinner() {
    Recommendation recommendation =
        of(eager(), lane("freeze", 40, 41, 39, 40, 42, 40), lane("bf16", 20, 21, 20, 20, 21, 20));

    assertEquals("bf16", recommendation.recipe());
    assertTrue(
        recommendation
            .sentence()
            .startsWith("Use `bf16`: 2.48x as fast as eager (95 % sure: 2.44x to 2.50x)"),
        recommendation.sentence());
    assertTrue(recommendation.sentence().endsWith(")."), recommendation.sentence());
  }

  @Test
  void gainWithinTheNoiseIsNoGain() {
    Recommendation recommendation = of(eager(), lane("freeze", 49, 52, 48.5, 51, 50.5, 48));

    assertEquals("freeze", recommendation.recipe());
    assertTrue(
        recommendation.sentence().startsWith("No recipe is measurably faster than eager"),
        recommendation.sentence());
  }

  @Test
  void runnerUpWithinTheNoiseIsNamed() {
    Recommendation recommendation =
        of(eager(), lane("a", 20, 21, 20, 20, 22, 20), lane("b", 20.1, 20.5, 20.3, 20, 21, 20.5));

    assertTrue(
        recommendation.sentence().endsWith("; `b` is as fast within the noise."),
        recommendation.sentence());
  }

  @Test
  void nothingIsFaster() {
    Recommendation recommendation = of(eager(), lane("grad", 60, 60, 60, 60, 60, 60));

    assertEquals("eager", recommendation.recipe());
    assertEquals(
        "Use `eager`: no other recipe whose answers hold is faster.", recommendation.sentence());
  }

  @Test
  void inaccurateIsNeverRecommended() {
    Lane bf16 = lane("bf16", 5, 5, 5, 5, 5, 5);
    bf16.judge(Answers.withError(0.5), 0.02);

    assertEquals("eager", of(eager(), bf16).recipe());
  }

  @Test
  void tooFewRounds() {
    Recommendation recommendation = of(lane("eager", 50, 50), lane("freeze", 25, 25));

    assertEquals("freeze", recommendation.recipe());
    assertEquals(
        "Fastest is `freeze`, 2.00x as fast as eager, but over too few rounds to be sure.",
        recommendation.sentence());
  }

  @Test
  void nothingRan() {
    Lane eager = eager();
    eager.judge(Answers.withError(0), 0.02);
    eager.fail(Status.CRASHED, "gone");

    Recommendation recommendation = of(eager);

    assertNull(recommendation.recipe());
    assertEquals("No recipe ran with answers that hold.", recommendation.sentence());
  }
}
