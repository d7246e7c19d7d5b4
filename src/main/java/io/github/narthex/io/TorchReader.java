package io.github.narthex.io;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.github.narthex.io.PickleReader.BadPickleException;
import io.github.narthex.io.PickleReader.PyNone;
import io.github.narthex.io.PickleReader.PyTuple;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * The zip that {@code torch.save} writes, and C++'s {@code torch::pickle_save}: a pickle of what
 * was saved, and the memory of each storage in an entry of its own.
 */
final class TorchReader {
  private static final int MAX_PICKLE_BYTES = 32 << 20;

  /** Nothing sensible is nested so deeply, and a list that contains itself is. */
  private static final int MAX_DEPTH = 100;

  /** Shared values count each time: lists that share their items can double at each level. */
  private static final int MAX_VALUES = 1_000_000;

  /** Of all names together, for the same reason. */
  private static final int MAX_NAME_CHARS = 32_000_000;

  private final SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();
  private final SequencedMap<String, String> metadata = new LinkedHashMap<>();
  private int values;
  private int nameChars;

  private TorchReader() {}

  static TensorFile.Content read(MappedFile file, ZipDirectory zip) {
    String root = root(zip);
    FileBytes pickle = zip.get(root + "data.pkl");
    if (pickle.byteSize() > MAX_PICKLE_BYTES) {
      throw file.bad(
          "its data.pkl has %d bytes, more than the %d that are accepted"
              .formatted(pickle.byteSize(), MAX_PICKLE_BYTES));
    }
    TorchGlobals globals = new TorchGlobals(zip, root, order(file, zip, root));
    try {
      byte[] bytes = pickle.read(0, (int) pickle.byteSize());
      TorchReader reader = new TorchReader();
      reader.collect(new PickleReader(bytes, globals).read(), "", 0);
      return new TensorFile.Content(reader.tensors, reader.metadata);
    } catch (BadPickleException e) {
      throw file.bad(e.reason());
    }
  }

  /** The folder of everything, which is the first entry's, as libtorch has it; with its slash. */
  private static String root(ZipDirectory zip) {
    String first = zip.names().isEmpty() ? "" : zip.names().getFirst();
    return first.substring(0, first.indexOf('/') + 1);
  }

  private static ByteOrder order(MappedFile file, ZipDirectory zip, String root) {
    if (!zip.has(root + "byteorder")) {
      return ByteOrder.LITTLE_ENDIAN;
    }
    String order = new String(zip.get(root + "byteorder").read(0, 16), US_ASCII).strip();
    return switch (order) {
      case "little" -> ByteOrder.LITTLE_ENDIAN;
      case "big" -> ByteOrder.BIG_ENDIAN;
      default ->
          throw file.bad("expected byte order little or big, found " + MappedFile.quote(order));
    };
  }

  private void collect(Object value, String path, int depth) throws BadPickleException {
    if (depth > MAX_DEPTH) {
      throw new BadPickleException(
          "it is nested more than " + MAX_DEPTH + " deep, or contains itself");
    }
    nameChars += path.length();
    if (++values > MAX_VALUES || nameChars > MAX_NAME_CHARS) {
      throw new BadPickleException("it has more or longer names than a file of tensors needs");
    }
    switch (value) {
      case StoredTensor tensor -> add(tensors, path, tensor);
      case Long _, Double _, String _ -> add(metadata, path, value.toString());
      case Boolean flag -> add(metadata, path, flag ? "True" : "False");
      case PyNone _ -> add(metadata, path, "None");
      case TorchGlobals.DTypeName dtype -> add(metadata, path, "torch." + dtype.dtype());
      case PyTuple tuple -> collectItems(tuple.items(), path, depth);
      case List<?> list -> collectItems(list, path, depth);
      case Map<?, ?> map -> {
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          Object key = entry.getKey();
          String name = key instanceof Boolean flag ? flag ? "True" : "False" : key.toString();
          collect(entry.getValue(), join(path, name), depth + 1);
        }
      }
      default -> throw new BadPickleException("it holds a class or a storage as a value");
    }
  }

  private void collectItems(List<?> items, String path, int depth) throws BadPickleException {
    for (int i = 0; i < items.size(); i++) {
      collect(items.get(i), join(path, String.valueOf(i)), depth + 1);
    }
  }

  private static String join(String path, String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  private static <T> void add(Map<String, T> found, String path, T value)
      throws BadPickleException {
    String name = path.isEmpty() ? TensorFile.ALONE : path;
    if (found.putIfAbsent(name, value) != null) {
      throw new BadPickleException(
          "two values are named '" + MappedFile.quote(name) + "' when keys are joined by dots");
    }
  }
}
