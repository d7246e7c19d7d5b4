package io.github.narthex.io;

import io.github.narthex.TensorInfo;
import io.github.narthex.io.NpyHeader.BadHeaderException;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/** NumPy's npz format: a zip with an npy file for each array. */
final class Npz {
  private static final String SUFFIX = ".npy";

  private Npz() {}

  static SequencedMap<String, StoredTensor> read(ZipDirectory zip) {
    SequencedMap<String, StoredTensor> arrays = new LinkedHashMap<>();
    for (String name : zip.names()) {
      if (name.endsWith(SUFFIX)) {
        String array = name.substring(0, name.length() - SUFFIX.length());
        arrays.put(array, readNpy(zip.get(name)));
      }
    }
    return arrays;
  }

  /** An npy file, a file of its own or inside a zip. */
  static StoredTensor readNpy(FileBytes bytes) {
    try {
      NpyHeader header = NpyHeader.read(bytes::read);
      long[] strides =
          header.isFortranOrder()
              ? DenseCopy.columnMajorStrides(header.shape())
              : DenseCopy.rowMajorStrides(header.shape());
      return StoredTensor.of(
          new TensorInfo(header.dtype(), header.shape()),
          new Storage(bytes, header.dataOffset(), header.order()),
          0,
          strides);
    } catch (BadHeaderException e) {
      throw bytes.file().bad("'" + MappedFile.quote(bytes.name()) + "': " + e.reason());
    } catch (IOException e) {
      throw bytes.file().bad("can't be read: " + e.getMessage(), e);
    }
  }

  /** Writes arrays, uncompressed; each as {@link Npy#write} does. */
  static void write(Map<String, NpyArray> arrays, WritableByteChannel out) throws IOException {
    try (AlignedZip zip = new AlignedZip(out)) {
      for (Map.Entry<String, NpyArray> entry : arrays.entrySet()) {
        zip.add(entry.getKey() + SUFFIX, part -> Npy.write(entry.getValue(), part));
      }
    }
  }
}
