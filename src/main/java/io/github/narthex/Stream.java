package io.github.narthex;

import io.github.narthex.internal.torch.DeviceCalls;
import io.github.narthex.internal.torch.StreamId;

/**
 * A queue of work on a device: what is enqueued on one stream runs in order, what is on two streams
 * may run at the same time. A model runs on the stream that {@link Model#withStream} names, single
 * operators on their device's default stream.
 *
 * <p>Results are safe to use anywhere: a tensor that was made on a stream is waited for, on the
 * device, by whatever other stream uses it, and its memory is not given to others before; reading
 * it on the host waits for it too. What is written to is not guarded so: before something else
 * writes to a tensor that a stream still reads, {@linkplain #await(Stream) wait} for that stream.
 *
 * <p>A stream is a name, not a resource: libtorch has a fixed pool of them for each device, 32 of
 * each priority for CUDA, which are handed out in turn. Any thread may use one.
 */
public final class Stream {
  private final StreamId id;

  private Stream(StreamId id) {
    this.id = id;
  }

  static Stream named(StreamId id) {
    return new Stream(id);
  }

  /** How urgent a stream's work is beside that of others on its device. */
  public enum Priority {
    NORMAL,
    HIGH
  }

  /**
   * The stream that a device's operators run on.
   *
   * @throws IllegalArgumentException if the device is the CPU
   * @throws UnsupportedException if there is no such device
   * @throws NativeLibraryException if libtorch can't be loaded
   */
  public static Stream defaultOf(Device device) {
    return new Stream(DeviceCalls.stream(device, true, false));
  }

  /**
   * The next stream of the device's pool, of normal priority.
   *
   * @throws IllegalArgumentException if the device is the CPU
   * @throws UnsupportedException if there is no such device
   * @throws NativeLibraryException if libtorch can't be loaded
   */
  public static Stream of(Device device) {
    return of(device, Priority.NORMAL);
  }

  /** The next stream of the device's pool; otherwise as {@link #of(Device)}. */
  public static Stream of(Device device, Priority priority) {
    return new Stream(DeviceCalls.stream(device, false, priority == Priority.HIGH));
  }

  /** The device that it is of. */
  public Device device() {
    return id.device();
  }

  StreamId id() {
    return id;
  }

  /**
   * Whether all that was enqueued has ended.
   *
   * @throws OperatorException if work of the device has failed
   */
  public boolean isIdle() {
    return DeviceCalls.isIdle(id);
  }

  /**
   * Waits, on the host, until all that was enqueued has ended.
   *
   * @throws OperatorException if work of the device has failed
   */
  public void synchronize() {
    DeviceCalls.synchronize(id);
  }

  /**
   * What is enqueued here from now on waits, on the device, for what another stream has to do so
   * far. Does not block.
   *
   * @throws OperatorException if the streams are of two kinds of devices
   */
  public void await(Stream other) {
    DeviceCalls.await(id, other.id);
  }

  /**
   * What is enqueued here from now on waits, on the device, for an event that was recorded; for one
   * that was not it does nothing. Does not block.
   *
   * @throws OperatorException if the event is of another kind of device
   * @throws IllegalStateException if the event is closed
   * @throws WrongThreadException if the event is another thread's
   */
  public void await(Event event) {
    DeviceCalls.await(id, event.handle());
  }

  /**
   * Enqueues a copy of all elements, converted to the target's dtype. It returns at once where both
   * tensors are on the device, or the other one lies in {@linkplain Devices#allocatePinned pinned
   * memory}, which must be neither read nor changed on the host until the copy has ended ({@link
   * #synchronize}, or an {@link Event}); with other host memory it takes as long as the copy.
   *
   * @throws IllegalArgumentException if the shapes differ
   * @throws OperatorException if libtorch can't copy so
   * @throws IllegalStateException if a tensor is closed
   * @throws WrongThreadException if a tensor is another thread's
   */
  public void copy(Tensor source, Tensor target) {
    DeviceCalls.copy(id, target.handle(), source.handle());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Stream stream && stream.id.equals(id);
  }

  @Override
  public int hashCode() {
    return id.hashCode();
  }

  /** For people: the format may change. */
  @Override
  public String toString() {
    return "Stream[" + device() + ", " + (id.id() == 0 ? "default" : id.id()) + "]";
  }
}
