package io.github.narthex;

import java.lang.foreign.Arena;

/** Leaks from several places, and prints what is told of it; in a JVM that notes sites. */
final class LeakySites {
  private LeakySites() {}

  public static void main(String[] arguments) {
    Arena outer = Arena.ofShared();
    Tensor early = Tensor.of(outer, new float[] {1}, 1);
    Arena forgotten = Arena.ofShared();
    try (LeakWatch _ = LeakWatch.begin()) {
      threeTensors(forgotten);
      oneMore(forgotten, early);
      nothing();
      aSegment(early);
    } catch (IllegalStateException e) {
      System.out.println(e.getMessage());
    }
    forgotten.close();
    outer.close();
    System.out.println("after closing: " + LiveHandles.sites());
  }

  private static void threeTensors(Arena arena) {
    for (int i = 0; i < 3; i++) {
      Tensor.of(arena, new float[] {1}, 1);
    }
  }

  private static void oneMore(Arena arena, Tensor tensor) {
    tensor.copy(arena);
  }

  private static void aSegment(Tensor tensor) {
    tensor.segment();
  }

  private static void nothing() {
    try (Arena arena = Arena.ofConfined()) {
      Tensor.of(arena, new float[] {1}, 1);
    }
  }
}
