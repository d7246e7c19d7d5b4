package io.github.narthex;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

/** Arenas that this thread can't use, and a tensor in each: closed, and another thread's. */
record Unusable(List<Arena> arenas, List<Tensor> tensors) {
  /** Makes them; the other thread lives on. */
  static Unusable make() {
    Arena closed = Arena.ofConfined();
    Tensor ended = Tensor.of(closed, new float[6], 2, 3);
    closed.close();
    CompletableFuture<Tensor> theirs = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              theirs.complete(Tensor.of(Arena.ofConfined(), new float[6], 2, 3));
              try {
                new CountDownLatch(1).await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    Tensor foreign = theirs.join();
    return new Unusable(List.of(closed, foreign.arena()), List.of(ended, foreign));
  }
}
