package io.github.narthex;

import io.github.narthex.internal.torch.HandleKind;
import io.github.narthex.internal.torch.HandleSites;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * Counts of the native objects that are alive in this process, by kind: what shows a leak. An
 * object is alive until its arena is closed, or collected; results that a session holds between two
 * runs count too. Work that is repeated and closes its arenas leaves the counts as they were.
 *
 * <p>Memory is not in proportion to counts: two tensors may share theirs, and a closed model's
 * weights stay as long as a tensor or another model holds them.
 *
 * @param errors failures on their way to Java; none when no thread is inside a call
 * @param tensors tensors, and segments that were made of tensors
 * @param models models
 * @param sessions sessions
 * @param traces traces
 * @param generators generators of random numbers
 * @param recordings recordings of operator times, profilers, ranges and memory watches
 * @param events events of devices, and pinned memory
 */
public record LiveHandles(
    long errors,
    long tensors,
    long models,
    long sessions,
    long traces,
    long generators,
    long recordings,
    long events) {
  /**
   * Counts now, of all arenas and threads. Any thread may ask; while others work, the numbers need
   * not be of one moment.
   *
   * @throws NativeLibraryException if libtorch can't be loaded
   */
  public static LiveHandles now() {
    return new LiveHandles(
        HandleKind.ERROR.live(),
        HandleKind.TENSOR.live(),
        HandleKind.MODULE.live(),
        HandleKind.SESSION.live(),
        HandleKind.TRACE.live(),
        HandleKind.GENERATOR.live(),
        HandleKind.RECORDING.live(),
        HandleKind.DEVICE.live());
  }

  /** The counts by what they are called here, in the order of the components. */
  public SequencedMap<String, Long> byKind() {
    SequencedMap<String, Long> counts = new LinkedHashMap<>();
    counts.put("errors", errors);
    counts.put("tensors", tensors);
    counts.put("models", models);
    counts.put("sessions", sessions);
    counts.put("traces", traces);
    counts.put("generators", generators);
    counts.put("recordings", recordings);
    counts.put("events", events);
    return Collections.unmodifiableSequencedMap(counts);
  }

  /** How many objects are alive, of all kinds. */
  public long total() {
    return byKind().values().stream().mapToLong(Long::longValue).sum();
  }

  /**
   * Where the objects that are alive were made, for finding a leak. This is known only in a JVM
   * that was started with {@code -Dnarthex.leaks=sites}, where making an object takes some
   * microseconds more. Errors, and what a model or libtorch itself holds, have no site. Any thread
   * may ask.
   *
   * @return the places, the one with the most objects first; empty where nothing is alive
   * @throws IllegalStateException if the JVM was not started so; see {@link #knowsSites}
   */
  public static List<HandleSite> sites() {
    if (!knowsSites()) {
      throw new IllegalStateException(
          "where objects were made is not noted: start the JVM with " + sitesFlag());
    }
    return HandleSites.live().entrySet().stream()
        .map(
            entry ->
                new HandleSite(entry.getKey().noun(), entry.getValue(), entry.getKey().frames()))
        .sorted(
            Comparator.comparingLong(HandleSite::count)
                .reversed()
                .thenComparing(HandleSite::toString))
        .toList();
  }

  /** Whether it is noted where objects are made. */
  public static boolean knowsSites() {
    return HandleSites.areNoted();
  }

  /** The JVM's option with which it is. */
  static String sitesFlag() {
    return "-D" + HandleSites.PROPERTY + "=" + HandleSites.SITES;
  }
}
