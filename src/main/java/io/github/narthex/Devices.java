package io.github.narthex;

import io.github.narthex.internal.torch.DeviceCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * The devices besides the CPU: which there are, their memory, and waiting for them. Work on a
 * device is enqueued and goes on while the host goes on; what is read of a tensor on the host is
 * waited for by itself.
 *
 * <p>Threads may call all of this at the same time.
 */
public final class Devices {
  private Devices() {}

  /**
   * How many devices of a kind can be used; 1 of the CPU. 0 where libtorch is one without them, or
   * there is no driver.
   *
   * @throws NativeLibraryException if libtorch can't be loaded
   */
  public static int count(Device.Type type) {
    return DeviceCalls.count(type);
  }

  /**
   * The devices besides the CPU, of all kinds.
   *
   * @throws NativeLibraryException if libtorch can't be loaded
   */
  public static List<Device> all() {
    List<Device> devices = new ArrayList<>();
    for (Device.Type type : Device.Type.values()) {
      for (int i = 0; type != Device.Type.CPU && i < count(type); i++) {
        devices.add(new Device(type, i));
      }
    }
    return devices;
  }

  /**
   * A device, and its memory as it is now: all of it, also what other processes have.
   *
   * @param device which one it is
   * @param freeBytes of its memory that nobody has
   * @param totalBytes of its memory
   * @param dtypes that it can hold
   */
  public record Properties(Device device, long freeBytes, long totalBytes, List<DType> dtypes) {
    /** The list is copied. */
    public Properties {
      dtypes = List.copyOf(dtypes);
    }
  }

  /**
   * What there is to know of a device.
   *
   * @throws IllegalArgumentException if it is the CPU
   * @throws UnsupportedException if there is no such device; says why
   * @throws NativeLibraryException if libtorch can't be loaded
   */
  public static Properties properties(Device device) {
    DeviceCalls.Description found = DeviceCalls.describe(device);
    return new Properties(device, found.freeBytes(), found.totalBytes(), found.dtypes());
  }

  /**
   * Waits for all that was enqueued on a device, on all its streams.
   *
   * @throws IllegalArgumentException if it is the CPU
   * @throws UnsupportedException if there is no such device
   * @throws OperatorException if work of the device has failed
   * @throws NativeLibraryException if libtorch can't be loaded
   */
  public static void synchronize(Device device) {
    DeviceCalls.synchronize(device);
  }

  /**
   * The calling thread's current device of a kind, the first one unless it is {@linkplain
   * #withCurrent made another}: what libtorch takes where code names a kind of device without an
   * index. Models mean their own device by that, whatever the current one is.
   *
   * @throws IllegalArgumentException if it is the CPU
   * @throws UnsupportedException if there is no such device
   * @throws NativeLibraryException if libtorch can't be loaded
   */
  public static Device current(Device.Type type) {
    return new Device(type, DeviceCalls.current(type));
  }

  /**
   * Does something while a device is the current one of its kind on this thread; then the one
   * before is it again, also if it fails. May be nested. For code that names a kind of device
   * without an index and is on no device itself: a model without weights and without inputs on a
   * device, or a library's operators. A model with a {@linkplain Model#withStream stream} works on
   * that one's device.
   *
   * @return what the work returns
   * @throws IllegalArgumentException if it is the CPU
   * @throws UnsupportedException if there is no such device
   * @throws WrongThreadException if the thread is a virtual one, whose work goes from one of the
   *     system's threads to the next
   * @throws NativeLibraryException if libtorch can't be loaded
   */
  public static <T> T withCurrent(Device device, Supplier<T> work) {
    if (Thread.currentThread().isVirtual()) {
      throw new WrongThreadException(
          "expected a platform thread to make %s its current device, got %s"
              .formatted(device, Thread.currentThread()));
    }
    Device before = DeviceCalls.exchange(device);
    try {
      return work.get();
    } finally {
      DeviceCalls.exchange(before);
    }
  }

  /**
   * Host memory that a kind of device can copy from and to while the host goes on (pinned, page
   * locked), of libtorch's own cache of such memory; uninitialised, 64-byte aligned. {@link
   * Tensor#of(Arena, MemorySegment, DType, Shape)} makes tensors over it, and {@link Stream#copy}
   * and {@link Tensor#to(Device, Stream...)} copy them. When its arena is closed, copies that use
   * it are waited for; tensors over it that live in another arena keep it.
   *
   * @param arena owns the memory
   * @param type the kind of device
   * @param byteSize at least 1
   * @throws IllegalArgumentException if it is the CPU, or the size is less than 1
   * @throws UnsupportedException if there is no such device
   * @throws DeviceMemoryException if there is no such memory left
   * @throws IllegalStateException if the arena is closed
   * @throws WrongThreadException if the arena is confined to another thread
   * @throws NativeLibraryException if libtorch can't be loaded
   */
  public static MemorySegment allocatePinned(Arena arena, Device.Type type, long byteSize) {
    return DeviceCalls.pinned(arena, type, byteSize);
  }

  /**
   * Loads a shared library that brings something to libtorch: operators of one's own, a runtime
   * that a model was compiled for (Torch-TensorRT), a kind of device. It stays until the process
   * ends. A library is machine code, which runs with the rights of the process.
   *
   * @throws UnsupportedException if it can't be loaded; says why
   * @throws NativeLibraryException if libtorch can't be loaded
   */
  public static void loadLibrary(Path path) {
    DeviceCalls.loadLibrary(path.toAbsolutePath());
  }
}
