package io.github.narthex.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;

/**
 * The callers of a model's instances. One alone is the worker's own thread; several have a thread
 * each, always the same one, as libtorch and the C library keep things for each thread.
 *
 * @param threads one for each instance; none if there is only one
 */
record Callers(List<ExecutorService> threads) implements AutoCloseable {
  /** The list is copied. */
  Callers {
    threads = List.copyOf(threads);
  }

  static Callers of(int instances) {
    List<ExecutorService> threads = new ArrayList<>();
    for (int i = 0; instances > 1 && i < instances; i++) {
      Thread.Builder builder = Thread.ofPlatform().daemon().name("caller " + i);
      threads.add(Executors.newSingleThreadExecutor(builder.factory()));
    }
    return new Callers(threads);
  }

  /**
   * Does the same for each instance, all at the same time. Whoever is done first goes on with
   * {@code filler} until the last one is done, so that none works beside idle processors.
   *
   * @return what each came to, in the order of the instances
   */
  <T> List<T> sideBySide(IntConsumer filler, IntFunction<T> body) {
    if (threads.isEmpty()) {
      return List.of(body.apply(0));
    }
    AtomicInteger busy = new AtomicInteger(threads.size());
    List<Future<T>> results = new ArrayList<>();
    for (int i = 0; i < threads.size(); i++) {
      int instance = i;
      results.add(
          threads
              .get(i)
              .submit(
                  () -> {
                    T result;
                    try {
                      result = body.apply(instance);
                    } finally {
                      busy.decrementAndGet();
                    }
                    while (busy.get() > 0) {
                      filler.accept(instance);
                    }
                    return result;
                  }));
    }
    // All of them are waited for before one's failure is told: nobody uses the engine then.
    List<T> values = new ArrayList<>();
    Throwable failure = null;
    for (Future<T> result : results) {
      try {
        values.add(result.get());
      } catch (ExecutionException e) {
        failure = e.getCause();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted", e);
      }
    }
    return switch (failure) {
      case null -> values;
      case RuntimeException thrown -> throw thrown;
      case Error thrown -> throw thrown;
      default -> throw new IllegalStateException(failure);
    };
  }

  @Override
  public void close() {
    threads.forEach(ExecutorService::shutdownNow);
  }
}
