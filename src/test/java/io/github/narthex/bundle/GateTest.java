package io.github.narthex.bundle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class GateTest {
  private final Gate gate = new Gate(2, "full");

  @Test
  void takesSoManyAtATime() {
    gate.enter();
    gate.enter();
    assertEquals("full", assertThrows(RejectedExecutionException.class, gate::enter).getMessage());
    gate.leave();
    gate.enter();
  }

  @Test
  void closesWhenAllHaveLeft() throws InterruptedException {
    gate.enter();
    Thread closing = Thread.ofVirtual().start(gate::close);
    while (true) {
      try {
        gate.enter();
        gate.leave();
      } catch (IllegalStateException e) {
        break;
      }
    }
    assertTrue(closing.isAlive(), "somebody is inside");
    gate.leave();
    closing.join();
    gate.close();
    assertThrows(IllegalStateException.class, gate::enter);
  }
}
