package io.github.narthex.profile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class StageTimesTest {
  @Test
  void sharesOfStages() {
    StageTimes times = new StageTimes();
    for (long nanos : new long[] {10, 30, 20}) {
      times.add(Stage.COPY_IN, nanos);
    }
    times.add(Stage.FORWARD, 140);
    List<StageTimes.Share> shares = times.shares();
    assertEquals(new StageTimes.Share(Stage.COPY_IN, 3, 20, 20.0, 0.3), shares.getFirst());
    assertEquals(0.7, shares.getLast().share());
    assertEquals(Stage.FORWARD, times.bound().orElseThrow().stage());
    assertEquals("copy in", Stage.COPY_IN.toString());
  }

  @Test
  void timesWhatIsBetweenBeginAndClose() {
    StageTimes times = new StageTimes();
    for (int i = 0; i < 100; i++) {
      StageTimes.Running running = times.begin(Stage.DECODE);
      running.close();
      running.close(); // does nothing
    }
    StageTimes.Share share = times.shares().getFirst();
    assertEquals(100, share.count());
    assertTrue(share.medianNanos() >= 0);
    assertTrue(new StageTimes().bound().isEmpty());
  }
}
