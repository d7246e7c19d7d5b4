package io.github.narthex.io;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.narthex.DType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a state dict as {@code torch.save} does, for {@code torch.load} with {@code
 * weights_only=True}: a zip with a pickle of a dict, and the elements of each tensor in an entry of
 * its own. Arrays over the same memory share one, as tied weights do.
 */
final class TorchWriter {
  private static final String ROOT = "archive/";
  private static final String REBUILD = "ctorch._utils\n_rebuild_tensor_";

  /** What makes two arrays one. */
  private record Place(long address, long byteSize, DType dtype) {}

  private final ByteArrayOutputStream pickle = new ByteArrayOutputStream();
  private final Map<Place, Integer> places = new LinkedHashMap<>();
  private final List<NpyArray> storages = new ArrayList<>();

  private TorchWriter() {}

  static void write(Map<String, NpyArray> arrays, WritableByteChannel out) throws IOException {
    TorchWriter writer = new TorchWriter();
    writer.dict(arrays);
    boolean isLittle = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    try (AlignedZip zip = new AlignedZip(out)) {
      zip.add(ROOT + "data.pkl", writer.pickle.toByteArray());
      zip.add(ROOT + "byteorder", ascii(isLittle ? "little" : "big"));
      for (int i = 0; i < writer.storages.size(); i++) {
        NpyArray array = writer.storages.get(i);
        zip.add(ROOT + "data/" + i, part -> NewFile.writeFully(array.data(), part));
      }
      zip.add(ROOT + "version", ascii("3\n"));
    }
  }

  /** The pickle, in protocol 2 as torch has it. */
  private void dict(Map<String, NpyArray> arrays) {
    op(0x80).op(2).op('}').op('(');
    arrays.forEach(
        (name, array) -> {
          text(name);
          array(array);
        });
    op('u').op('.');
  }

  /** A call of the function that gives a tensor for a storage, an offset, sizes and strides. */
  private void array(NpyArray array) {
    String type = DTypeNames.storageName(array.dtype()).orElse("");
    boolean isTyped = !type.isEmpty();
    global(REBUILD + (isTyped ? "v2\n" : "v3\n")).op('(').op('(');
    text("storage");
    global(isTyped ? "ctorch\n" + type + "\n" : "ctorch.storage\nUntypedStorage\n");
    text(String.valueOf(storage(array)));
    text("cpu");
    integer(isTyped ? array.shape().elementCount() : array.data().byteSize());
    op('t').op('Q');
    integer(0);
    numbers(array.shape().toArray());
    numbers(DenseCopy.rowMajorStrides(array.shape()));
    op(0x89); // requires no gradient
    global("ccollections\nOrderedDict\n").op(')').op('R'); // no hooks
    if (!isTyped) {
      global("ctorch\n" + array.dtype() + "\n");
    }
    op('t').op('R');
  }

  private int storage(NpyArray array) {
    Place place = new Place(array.data().address(), array.data().byteSize(), array.dtype());
    Integer known = places.putIfAbsent(place, storages.size());
    if (known != null) {
      return known;
    }
    storages.add(array);
    return storages.size() - 1;
  }

  private void numbers(long[] numbers) {
    op('(');
    for (long number : numbers) {
      integer(number);
    }
    op('t');
  }

  private void integer(long number) {
    if (number == (int) number) {
      op('J').bytes(little(4).putInt((int) number).array());
    } else {
      op(0x8a).op(8).bytes(little(8).putLong(number).array());
    }
  }

  private void text(String text) {
    byte[] bytes = text.getBytes(UTF_8);
    op('X').bytes(little(4).putInt(bytes.length).array()).bytes(bytes);
  }

  private TorchWriter global(String instruction) {
    return bytes(ascii(instruction));
  }

  private TorchWriter op(int opcode) {
    pickle.write(opcode);
    return this;
  }

  private TorchWriter bytes(byte[] bytes) {
    pickle.writeBytes(bytes);
    return this;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(US_ASCII);
  }

  private static ByteBuffer little(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }
}
