package io.github.narthex.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CallersTest {
  private static boolean await(CountDownLatch latch) {
    try {
      return latch.await(30, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void oneIsTheCallingThread() {
    try (Callers callers = Callers.of(1)) {
      List<Thread> threads = callers.sideBySide(i -> {}, i -> Thread.currentThread());
      assertEquals(List.of(Thread.currentThread()), threads);
    }
  }

  @Test
  void severalRunAtTheSameTimeOnThreadsOfTheirOwn() {
    try (Callers callers = Callers.of(3)) {
      CountDownLatch together = new CountDownLatch(3);
      List<Thread> threads =
          callers.sideBySide(
              i -> {},
              i -> {
                together.countDown();
                assertTrue(await(together), "the others do not run");
                return Thread.currentThread();
              });
      assertEquals(3, threads.stream().distinct().count());
      assertEquals(threads, callers.sideBySide(i -> {}, i -> Thread.currentThread()));
    }
  }

  @Test
  void whoIsDoneFirstKeepsBusy() {
    try (Callers callers = Callers.of(2)) {
      CountDownLatch filled = new CountDownLatch(5);
      List<Integer> results =
          callers.sideBySide(
              i -> {
                assertEquals(0, i);
                filled.countDown();
              },
              i -> i == 0 || await(filled) ? 10 * i : -1);
      assertEquals(List.of(0, 10), results);
    }
  }

  @Test
  void failureOfOneEndsAllAndIsTold() {
    try (Callers callers = Callers.of(2)) {
      IllegalStateException failure = new IllegalStateException("full");
      AtomicInteger done = new AtomicInteger();
      assertSame(
          failure,
          assertThrows(
              IllegalStateException.class,
              () ->
                  callers.sideBySide(
                      i -> {},
                      i -> {
                        if (i == 0) {
                          throw failure;
                        }
                        return done.incrementAndGet();
                      })));
      assertEquals(1, done.get());
      assertThrows(
          OutOfMemoryError.class,
          () ->
              callers.sideBySide(
                  i -> {},
                  i -> {
                    throw new OutOfMemoryError("full");
                  }));
    }
  }
}
