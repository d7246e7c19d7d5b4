package io.github.narthex.profile;

import io.github.narthex.Device;
import io.github.narthex.Event;
import io.github.narthex.Stream;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;

/**
 * Times calls on a device part by part: what the host needs to give the call to the device, copies
 * there, computing, copies back, and the whole. The host's part and the whole are told by the
 * host's clock, the others by events on a stream.
 *
 * <pre>{@code
 * Stream stream = Stream.of(Device.cuda(0));
 * Session session = Session.open(arena, model.withStream(stream), Value.of(input));
 * DeviceTimes times = DeviceTimes.on(arena, stream);
 * for (int i = 0; i < 100; i++) {
 *   times.call(
 *       () -> stream.copy(pinnedImage, input),
 *       session::run,
 *       () -> stream.copy(session.output(0), pinnedScores));
 * }
 * System.out.println(times.share(DevicePart.ENQUEUE));
 * }</pre>
 *
 * <p>Enqueuing goes on beside the other parts, so that shares come to more than 1. Where it takes
 * as long as the whole, the device waits for the host, and computing has that waiting in it. Copies
 * from and to host memory that is not {@linkplain io.github.narthex.Devices#allocatePinned pinned}
 * make the host wait, and are then in enqueuing too. Each call begins on an idle stream; the events
 * cost microseconds. The first calls compile and choose kernels: {@link #clear} forgets them.
 *
 * <p>Each call is a {@link Profiler#range} for each part. Used by one thread at a time.
 */
public final class DeviceTimes {
  private static final double NANOS_PER_MS = 1e6;

  private final Stream stream;
  private final Event begun;
  private final Event copiedIn;
  private final Event computed;
  private final Event copiedOut;
  private final Map<DevicePart, Nanos> parts = new EnumMap<>(DevicePart.class);

  private DeviceTimes(Arena arena, Stream stream) {
    this.stream = stream;
    begun = Event.timed(arena, stream.device());
    copiedIn = Event.timed(arena, stream.device());
    computed = Event.timed(arena, stream.device());
    copiedOut = Event.timed(arena, stream.device());
    clear();
  }

  /**
   * No times yet.
   *
   * @param arena owns the events
   * @param stream that the calls are enqueued on; what they enqueue elsewhere is not seen
   * @throws IllegalStateException if the arena is closed
   * @throws WrongThreadException if the arena is confined to another thread
   */
  public static DeviceTimes on(Arena arena, Stream stream) {
    return new DeviceTimes(arena, stream);
  }

  /** The device of the calls. */
  public Device device() {
    return stream.device();
  }

  /**
   * Makes a call, waits for it and notes its times. If a part of it fails, nothing is noted.
   *
   * @param copyIn enqueues the copies of the inputs; may do nothing
   * @param run enqueues the work, such as {@link io.github.narthex.Session#run}
   * @param copyOut enqueues the copies of the outputs; may do nothing
   * @throws io.github.narthex.OperatorException if work of the device fails
   * @throws IllegalStateException if the arena is closed
   * @throws WrongThreadException if the arena is confined to another thread
   */
  public void call(Runnable copyIn, Runnable run, Runnable copyOut) {
    stream.synchronize();
    long began = System.nanoTime();
    begun.record(stream);
    enqueue(DevicePart.COPY_IN, copyIn);
    copiedIn.record(stream);
    enqueue(DevicePart.COMPUTE, run);
    computed.record(stream);
    enqueue(DevicePart.COPY_OUT, copyOut);
    copiedOut.record(stream);
    long enqueued = System.nanoTime();
    stream.synchronize();
    long ended = System.nanoTime();
    long in = nanos(begun, copiedIn);
    long computing = nanos(copiedIn, computed);
    long out = nanos(computed, copiedOut);
    add(DevicePart.ENQUEUE, enqueued - began);
    add(DevicePart.COPY_IN, in);
    add(DevicePart.COMPUTE, computing);
    add(DevicePart.COPY_OUT, out);
    add(DevicePart.WHOLE, ended - began);
  }

  private static void enqueue(DevicePart part, Runnable work) {
    try (Profiler.Range _ = Profiler.range(part.toString())) {
      work.run();
    }
  }

  private static long nanos(Event from, Event to) {
    return Math.round(NANOS_PER_MS * from.millisUntil(to));
  }

  private void add(DevicePart part, long nanos) {
    of(part).add(nanos);
  }

  private Nanos of(DevicePart part) {
    return parts.computeIfAbsent(part, _ -> new Nanos());
  }

  /** Forgets the calls so far. */
  public void clear() {
    parts.clear();
  }

  /** How many calls were timed. */
  public int calls() {
    return of(DevicePart.WHOLE).count();
  }

  /** The times of a part, in nanoseconds, in the order of the calls. */
  public long[] nanos(DevicePart part) {
    return of(part).values();
  }

  /**
   * The time that so many of the calls did not exceed, in milliseconds.
   *
   * @param fraction 0.5 for the median, 0.99 for what 99 of 100 keep
   * @throws IllegalArgumentException if it is not from 0 to 1
   * @throws IllegalStateException if there was no call
   */
  public double percentileMs(DevicePart part, double fraction) {
    if (!(fraction >= 0 && fraction <= 1)) {
      throw new IllegalArgumentException("expected a fraction from 0 to 1, got " + fraction);
    }
    requireCalls();
    long[] sorted = nanos(part);
    Arrays.sort(sorted);
    int rank = (int) Math.ceil(fraction * sorted.length);
    return sorted[Math.max(0, rank - 1)] / NANOS_PER_MS;
  }

  /**
   * What a part's median is of the median of the whole.
   *
   * @throws IllegalStateException if there was no call
   */
  public double share(DevicePart part) {
    requireCalls();
    return (double) of(part).median() / Math.max(1, of(DevicePart.WHOLE).median());
  }

  private void requireCalls() {
    if (calls() == 0) {
      throw new IllegalStateException("no call was timed yet");
    }
  }
}
