package io.github.narthex;

import io.github.narthex.internal.files.WholeFile;
import io.github.narthex.internal.torch.DeviceCalls;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Which tensors took a GPU's memory, and when: files for PyTorch's memory viewer
 * (https://pytorch.org/memory_viz), the same as {@code torch.cuda.memory._dump_snapshot} writes in
 * Python. A file shows each block of memory that libtorch has on all devices of a kind, and, while
 * a history is recorded, each allocation and each return with the line of TorchScript that it was
 * for.
 *
 * <p>CUDA's devices only. The history is one for the whole process. Threads may call all of this at
 * the same time.
 */
public final class DeviceMemoryHistory {
  private DeviceMemoryHistory() {}

  /**
   * Begins to record. It takes memory of the host, and some microseconds for each allocation.
   *
   * @param entries how many of the last allocations and returns are kept for each device, at least
   *     1
   * @throws IllegalArgumentException if the device is the CPU, or the number is less than 1
   * @throws UnsupportedException if there is no such device, if it is none of CUDA's, or if this
   *     native library was built without CUDA's headers
   * @throws NativeLibraryException if libtorch can't be loaded
   */
  public static void start(Device.Type type, long entries) {
    if (entries < 1) {
      throw new IllegalArgumentException("expected 1 entry or more, got " + entries);
    }
    DeviceCalls.recordHistory(type, entries);
  }

  /**
   * Ends the recording, and forgets what was recorded.
   *
   * @throws IllegalArgumentException if the device is the CPU
   * @throws UnsupportedException as {@link #start}
   * @throws NativeLibraryException if libtorch can't be loaded
   */
  public static void stop(Device.Type type) {
    DeviceCalls.recordHistory(type, 0);
  }

  /**
   * Writes a file for the viewer, with the memory as it is now.
   *
   * @throws IllegalArgumentException if the device is the CPU
   * @throws UncheckedIOException if the file can't be written; what stood there before is then
   *     unharmed
   * @throws UnsupportedException as {@link #start}
   * @throws NativeLibraryException if libtorch can't be loaded
   */
  public static void save(Device.Type type, Path file) {
    byte[] snapshot = DeviceCalls.snapshot(type);
    WholeFile.write(file, target -> Files.write(target, snapshot));
  }

  /**
   * Has such a file written when the memory of a device next runs out, before the {@link
   * DeviceMemoryException} is thrown: the one time, and not again until this is called anew. It
   * takes the place of a file that was asked for before. Where the file can't be written, libtorch
   * warns of it on standard error.
   *
   * @throws IllegalArgumentException if the device is the CPU
   * @throws UnsupportedException as {@link #start}
   * @throws NativeLibraryException if libtorch can't be loaded
   */
  public static void saveWhenFull(Device.Type type, Path file) {
    DeviceCalls.snapshotWhenFull(type, file.toAbsolutePath());
  }

  /**
   * Takes {@link #saveWhenFull} back.
   *
   * @throws IllegalArgumentException if the device is the CPU
   * @throws UnsupportedException as {@link #start}
   * @throws NativeLibraryException if libtorch can't be loaded
   */
  public static void doNotSaveWhenFull(Device.Type type) {
    DeviceCalls.snapshotWhenFull(type, null);
  }
}
