package io.github.narthex.io;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.narthex.DType;
import io.github.narthex.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The beginning of an npy file: magic, version, length, and a Python dictionary as text.
 *
 * @param order the byte order of the elements in the file
 * @param isFortranOrder whether the first dimension varies fastest
 * @param dataOffset where the elements begin, in bytes
 */
record NpyHeader(
    DType dtype, Shape shape, ByteOrder order, boolean isFortranOrder, long dataOffset) {
  /** NumPy's limit on the rank of an array. */
  static final int MAX_RANK = 64;

  private static final byte[] MAGIC = "\u0093NUMPY".getBytes(ISO_8859_1);

  /** The text of a plain array takes a few hundred bytes; 64 KiB is what version 1.0 can hold. */
  private static final int MAX_TEXT_BYTES = 1 << 16;

  private static final int ALIGNMENT = 64;

  /** A header that can't be accepted; the caller knows the file and names it. */
  static final class BadHeaderException extends Exception {
    private static final long serialVersionUID = 1L;

    BadHeaderException(String message) {
      super(message);
    }

    /** The message, which unlike that of other exceptions is always there. */
    String reason() {
      return String.valueOf(getMessage());
    }
  }

  /** Where a header is read from: at most {@code count} bytes, fewer where they end. */
  @FunctionalInterface
  interface Source {
    byte[] read(long offset, int count) throws IOException;
  }

  static NpyHeader read(Source source) throws IOException, BadHeaderException {
    byte[] start = source.read(0, 12);
    for (int i = 0; i < MAGIC.length; i++) {
      if (start.length <= i || start[i] != MAGIC[i]) {
        throw new BadHeaderException(
            start.length == 0
                ? "expected an npy file, found an empty file"
                : "expected an npy file, which begins with \\x93NUMPY, found other bytes");
      }
    }
    if (start.length < 12) {
      throw new BadHeaderException("the header is cut off after " + start.length + " bytes");
    }
    int major = start[6];
    int minor = start[7];
    if (major < 1 || major > 3 || minor != 0) {
      throw new BadHeaderException(
          "expected npy version 1.0, 2.0 or 3.0, found %d.%d"
              .formatted(major & 0xff, minor & 0xff));
    }
    ByteBuffer fields = ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN);
    long length = major == 1 ? fields.getShort(8) & 0xffff : fields.getInt(8) & 0xffffffffL;
    int textOffset = major == 1 ? 10 : 12;
    if (length > MAX_TEXT_BYTES) {
      throw new BadHeaderException(
          "the header claims to be %d bytes long, more than the %d that are accepted"
              .formatted(length, MAX_TEXT_BYTES));
    }
    byte[] text = source.read(textOffset, (int) length);
    if (text.length < length) {
      throw new BadHeaderException(
          "the header claims to be %d bytes long, the file has %d of them"
              .formatted(length, text.length));
    }
    return new NpyHeaderParser(new String(text, major == 3 ? UTF_8 : ISO_8859_1))
        .parse(textOffset + length);
  }

  /** The bytes of a header, version 1.0, for elements in the byte order of this machine. */
  static byte[] write(DType dtype, Shape shape) {
    StringBuilder dims = new StringBuilder();
    for (long dim : shape.toArray()) {
      dims.append(dim).append(", ");
    }
    // A tuple of one element needs its comma; of more, none behind the last.
    int cut = shape.rank() == 0 ? 0 : shape.rank() == 1 ? 1 : 2;
    dims.setLength(dims.length() - cut);
    String text =
        "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }".formatted(descr(dtype), dims);
    int size = (10 + text.length() + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    ByteBuffer header = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    header.put(MAGIC).put((byte) 1).put((byte) 0).putShort((short) (size - 10));
    header.put(text.getBytes(ISO_8859_1));
    while (header.remaining() > 1) {
      header.put((byte) ' ');
    }
    return header.put((byte) '\n').array();
  }

  private static String descr(DType dtype) {
    String name =
        switch (dtype) {
          case FLOAT32 -> "f4";
          case FLOAT64 -> "f8";
          case FLOAT16 -> "f2";
          case INT8 -> "i1";
          case INT16 -> "i2";
          case INT32 -> "i4";
          case INT64 -> "i8";
          case UINT8 -> "u1";
          case BOOL -> "b1";
          case UINT16 -> "u2";
          case UINT32 -> "u4";
          case UINT64 -> "u8";
          case COMPLEX64 -> "c8";
          case COMPLEX128 -> "c16";
          default ->
              throw new IllegalArgumentException(
                  "NumPy has no dtype " + dtype + ": convert the tensor to one that it has");
        };
    boolean isLittle = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    return (dtype.byteSize() == 1 ? "|" : isLittle ? "<" : ">") + name;
  }

  /** Whether npy files have that dtype. */
  static boolean isWritten(DType dtype) {
    return dtype.isInteger()
        || dtype.isComplex()
        || dtype == DType.BOOL
        || dtype == DType.FLOAT16
        || dtype == DType.FLOAT32
        || dtype == DType.FLOAT64;
  }
}
