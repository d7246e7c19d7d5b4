package io.github.narthex.io;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.github.narthex.DType;
import io.github.narthex.DeviceMemoryException;
import io.github.narthex.InputException;
import io.github.narthex.io.NpyHeader.BadHeaderException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Files of NumPy's npy format, versions 1.0 to 3.0. Nothing here needs libtorch.
 *
 * <p>Read are float16, float32, float64, int8 to int64, uint8 to uint64, bool, complex64 and
 * complex128, in either byte order, in C or Fortran order. Objects (pickles) and records are
 * refused. What follows the array in the file is ignored, as NumPy does.
 */
public final class Npy {
  private static final long ALIGNMENT = 64;
  private static final long CHUNK_BYTES = 1 << 20;

  /** A ByteBuffer can't be larger than 2^31 - 1 bytes. */
  private static final long MAX_BUFFER_BYTES = 1 << 30;

  private Npy() {}

  /**
   * Reads an array into new memory of {@code arena}, aligned to 64 bytes, row-major and in the byte
   * order of this machine; in a bool array each byte is 0 or 1. The file is read, not mapped: a
   * mapped file that shrinks while native code looks at it ends the process.
   *
   * @throws InputException if there is no such file, or it can't be read
   * @throws InputException if it is not an npy file, its header is damaged, or it is shorter than
   *     its header says
   * @throws InputException if its elements are of a type that no tensor here has
   * @throws DeviceMemoryException if there is no memory for the array
   */
  public static NpyArray read(Arena arena, Path file) {
    return withHeader(
        file,
        (channel, header) ->
            new NpyArray(
                header.dtype(),
                header.shape(),
                readData(arena, channel, header, byteSize(header))));
  }

  /**
   * What an array is, without its elements, of which there are as many as the header says.
   *
   * @throws InputException as {@link #read} does
   */
  static NpyHeader header(Path file) {
    return withHeader(file, (channel, header) -> header);
  }

  /** What is to be done with a file whose header is sound. */
  @FunctionalInterface
  private interface Reading<T> {
    T apply(FileChannel channel, NpyHeader header) throws IOException, BadHeaderException;
  }

  private static <T> T withHeader(Path file, Reading<T> reading) {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new InputException(file + ": expected an npy file, found what is not a regular file");
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      NpyHeader header = NpyHeader.read((offset, count) -> readBytes(channel, offset, count));
      long byteSize = byteSize(header);
      long present = Math.max(0, channel.size() - header.dataOffset());
      if (present < byteSize) {
        throw new BadHeaderException(
            "the header promises %d bytes of %s %s, the file has %d"
                .formatted(byteSize, header.shape(), header.dtype(), present));
      }
      return reading.apply(channel, header);
    } catch (BadHeaderException e) {
      throw new InputException(file + ": " + e.reason());
    } catch (NoSuchFileException e) {
      throw new InputException("there is no file " + file, "", e);
    } catch (AccessDeniedException e) {
      throw new InputException("can't read " + file + ": permission denied", "", e);
    } catch (IOException e) {
      throw new InputException("can't read " + file + ": " + e.getMessage(), "", e);
    }
  }

  private static byte[] readBytes(FileChannel channel, long offset, int count) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(count);
    while (bytes.hasRemaining() && channel.read(bytes, offset + bytes.position()) >= 0) {}
    byte[] read = new byte[bytes.position()];
    bytes.flip().get(read);
    return read;
  }

  static long byteSize(NpyHeader header) throws BadHeaderException {
    try {
      return header.shape().byteSize(header.dtype());
    } catch (ArithmeticException e) {
      throw new BadHeaderException(String.valueOf(e.getMessage()));
    }
  }

  private static MemorySegment readData(
      Arena arena, FileChannel channel, NpyHeader header, long byteSize)
      throws IOException, BadHeaderException {
    MemorySegment data = allocate(arena, byteSize, header);
    if (header.isFortranOrder() && header.shape().rank() > 1) {
      try (Arena scratch = Arena.ofConfined()) {
        MemorySegment columns = allocate(scratch, byteSize, header);
        readFully(channel, header.dataOffset(), columns);
        DenseCopy.toRowMajor(
            columns,
            DenseCopy.columnMajorStrides(header.shape()),
            data,
            header.shape(),
            header.dtype().byteSize());
      }
    } else {
      readFully(channel, header.dataOffset(), data);
    }
    if (header.order() != ByteOrder.nativeOrder()) {
      DenseCopy.swapBytes(data, header.dtype());
    }
    if (header.dtype() == DType.BOOL) {
      // NumPy takes any other byte for true; libtorch's behaviour is undefined.
      for (long i = 0; i < byteSize; i++) {
        Elements.setLong(data, DType.BOOL, i, data.get(JAVA_BYTE, i));
      }
    }
    return data;
  }

  private static MemorySegment allocate(Arena arena, long byteSize, NpyHeader header) {
    try {
      return arena.allocate(byteSize, ALIGNMENT);
    } catch (OutOfMemoryError e) {
      throw new DeviceMemoryException(
          "no memory for %d bytes of %s %s".formatted(byteSize, header.shape(), header.dtype()),
          String.valueOf(e.getMessage()),
          e);
    }
  }

  private static void readFully(FileChannel channel, long offset, MemorySegment data)
      throws IOException, BadHeaderException {
    for (long done = 0; done < data.byteSize(); ) {
      long count = Math.min(MAX_BUFFER_BYTES, data.byteSize() - done);
      int read = channel.read(data.asSlice(done, count).asByteBuffer(), offset + done);
      if (read < 0) {
        throw new BadHeaderException("the file became shorter while it was read");
      }
      done += read;
    }
  }

  /**
   * Writes an array as npy 1.0, in place of what is there. bfloat16, which the format lacks, is
   * written as float32, which holds each of its values exactly.
   *
   * @throws IllegalArgumentException if the array has more than 64 dimensions, NumPy's limit
   * @throws java.io.UncheckedIOException if the file can't be written; what stood there before is
   *     then unharmed
   */
  public static void write(Path file, NpyArray array) {
    requireRank(array);
    NewFile.write(file, out -> write(array, out));
  }

  static void requireRank(NpyArray array) {
    if (array.shape().rank() > NpyHeader.MAX_RANK) {
      throw new IllegalArgumentException(
          "npy has at most %d dimensions, the array has %d"
              .formatted(NpyHeader.MAX_RANK, array.shape().rank()));
    }
  }

  static void write(NpyArray array, WritableByteChannel out) throws IOException {
    boolean widens = array.dtype() == DType.BFLOAT16;
    DType dtype = widens ? DType.FLOAT32 : array.dtype();
    writeFully(out, ByteBuffer.wrap(NpyHeader.write(dtype, array.shape())));
    try (Arena scratch = Arena.ofConfined()) {
      // In chunks, because the data may be on the heap, or larger than a ByteBuffer can be.
      MemorySegment chunk = scratch.allocate(CHUNK_BYTES);
      long perChunk = CHUNK_BYTES / dtype.byteSize();
      long count = array.shape().elementCount();
      for (long from = 0; from < count; from += perChunk) {
        long elements = Math.min(perChunk, count - from);
        MemorySegment part =
            array
                .data()
                .asSlice(from * array.dtype().byteSize(), elements * array.dtype().byteSize());
        if (widens) {
          for (long i = 0; i < elements; i++) {
            Elements.setDouble(chunk, dtype, i, Elements.getDouble(part, array.dtype(), i));
          }
        } else {
          chunk.copyFrom(part);
        }
        writeFully(out, chunk.asSlice(0, elements * dtype.byteSize()).asByteBuffer());
      }
    }
  }

  static void writeFully(WritableByteChannel out, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }
}
