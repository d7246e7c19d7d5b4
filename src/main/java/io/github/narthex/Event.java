package io.github.narthex;

import io.github.narthex.internal.torch.DeviceCalls;
import io.github.narthex.internal.torch.EventHandle;
import java.lang.foreign.Arena;

/**
 * A point in a stream's work, which happens when the stream gets there. Recording it again moves
 * it; who waits already waits for the earlier one.
 *
 * <p>It lives as long as its arena. Any thread that may use the arena may wait for it; one at a
 * time may record it.
 */
public final class Event {
  private final EventHandle handle;

  private Event(EventHandle handle) {
    this.handle = handle;
  }

  /**
   * An event that {@link #millisUntil} can be asked for; it costs a little more on the device than
   * one {@linkplain #untimed without}.
   *
   * @throws IllegalArgumentException if the device is the CPU
   * @throws UnsupportedException if there is no such device
   * @throws IllegalStateException if the arena is closed
   * @throws WrongThreadException if the arena is confined to another thread
   * @throws NativeLibraryException if libtorch can't be loaded
   */
  public static Event timed(Arena arena, Device device) {
    return new Event(EventHandle.open(arena, device, true));
  }

  /** An event to wait for; otherwise as {@link #timed}. */
  public static Event untimed(Arena arena, Device device) {
    return new Event(EventHandle.open(arena, device, false));
  }

  /**
   * It happens when the stream has done what it has to do so far.
   *
   * @throws OperatorException if the stream is of another device than the event was recorded on
   * @throws IllegalStateException if it is closed
   * @throws WrongThreadException if its arena is confined to another thread
   */
  public void record(Stream stream) {
    DeviceCalls.record(handle, stream.id());
  }

  /**
   * Whether it has happened; so has one that was never recorded.
   *
   * @throws OperatorException if work of the device has failed
   * @throws IllegalStateException if it is closed
   * @throws WrongThreadException if its arena is confined to another thread
   */
  public boolean hasHappened() {
    return handle.hasHappened();
  }

  /** Waits, on the host, until it has happened; otherwise as {@link #hasHappened}. */
  public void synchronize() {
    handle.synchronize();
  }

  /**
   * Milliseconds on the device from this event to another one; both have happened.
   *
   * @throws OperatorException if one has not happened, or is untimed
   * @throws IllegalStateException if one is closed
   * @throws WrongThreadException if an arena is confined to another thread
   */
  public double millisUntil(Event end) {
    return handle.millisUntil(end.handle);
  }

  EventHandle handle() {
    return handle;
  }
}
