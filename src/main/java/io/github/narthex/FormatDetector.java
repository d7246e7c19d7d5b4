package io.github.narthex;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/** Tells model files apart. Everything read here may be hostile: each read has a bound. */
final class FormatDetector {
  private static final int HEAD_BYTES = 512;
  private static final int PICKLE_BYTES = 4 << 20;

  /** Protocol 2, then the number by which torch.save marked its files before it wrote zips. */
  private static final byte[] LEGACY_PICKLE =
      HexFormat.of().parseHex("80028a0a6cfc9c46f9206aa850192e");

  private static final byte[] HDF5 = HexFormat.of().parseHex("894844460d0a1a0a");

  private FormatDetector() {}

  static ModelFormat detect(Path file) {
    try {
      if (Files.isDirectory(file)) {
        return detectDirectory(file);
      }
      if (Files.exists(file) && !Files.isRegularFile(file)) {
        throw new ModelLoadException(file + " is not a regular file");
      }
      byte[] head;
      try (InputStream in = Files.newInputStream(file)) {
        head = in.readNBytes(HEAD_BYTES);
      }
      return isZip(head) ? detectZip(file) : detectHead(head, Files.size(file), file);
    } catch (NoSuchFileException e) {
      throw new ModelLoadException("there is no file " + file, "", e);
    } catch (IOException e) {
      throw new ModelLoadException("can't read " + file + ": " + e.getMessage(), "", e);
    }
  }

  private static ModelFormat detectDirectory(Path directory) {
    if (Files.exists(directory.resolve("narthex.yaml"))) {
      return ModelFormat.BUNDLE;
    }
    return Files.exists(directory.resolve("saved_model.pb"))
        ? ModelFormat.TENSORFLOW_SAVED_MODEL
        : ModelFormat.DIRECTORY;
  }

  static ModelFormat detect(MemorySegment bytes) {
    byte[] head =
        bytes.asSlice(0, Math.min(HEAD_BYTES, bytes.byteSize())).toArray(ValueLayout.JAVA_BYTE);
    if (!isZip(head)) {
      return detectHead(head, bytes.byteSize(), Path.of(""));
    }
    try {
      return detectZip(ZipBytes.of(bytes));
    } catch (IOException e) {
      return ModelFormat.DAMAGED_ZIP;
    }
  }

  private static boolean isZip(byte[] head) {
    return startsWith(head, "PK\003\004") || startsWith(head, "PK\005\006");
  }

  private static ModelFormat detectHead(byte[] head, long size, Path file) {
    if (head.length == 0) {
      return ModelFormat.EMPTY;
    }
    if (startsWith(head, LEGACY_PICKLE)) {
      return ModelFormat.LEGACY_PICKLE;
    }
    if (startsWith(head, "\u0093NUMPY")) {
      return ModelFormat.NPY;
    }
    if (startsWith(head, "GGUF")) {
      return ModelFormat.GGUF;
    }
    if (startsWith(head, HDF5)) {
      return ModelFormat.HDF5;
    }
    if (isSafetensors(head, size)) {
      return ModelFormat.SAFETENSORS;
    }
    if (isLegacyTar(head)) {
      return ModelFormat.LEGACY_TAR;
    }
    if (startsWith(head, "version https://git-lfs.github.com/spec/")) {
      return ModelFormat.GIT_LFS_POINTER;
    }
    String text = new String(head, ISO_8859_1).strip().toLowerCase(Locale.ROOT);
    if (text.startsWith("<!doctype html") || text.startsWith("<html")) {
      return ModelFormat.WEB_PAGE;
    }
    if (head.length >= 8 && "TFL3".equals(new String(head, 4, 4, ISO_8859_1))) {
      return ModelFormat.TENSORFLOW_LITE;
    }
    if (isOnnx(head, file)) {
      return ModelFormat.ONNX;
    }
    return head.length >= 2 && (head[0] & 0xff) == 0x80 && head[1] >= 2 && head[1] <= 5
        ? ModelFormat.PICKLE
        : ModelFormat.UNKNOWN;
  }

  /** Eight bytes of length, then that many bytes of JSON. */
  private static boolean isSafetensors(byte[] head, long size) {
    if (head.length < 10 || head[8] != '{') {
      return false;
    }
    long json = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getLong();
    return json >= 2 && json <= size - 8;
  }

  /** A tar whose first member is one of the four that torch.save wrote. */
  private static boolean isLegacyTar(byte[] head) {
    String text = new String(head, ISO_8859_1);
    boolean isTar = text.length() >= 262 && text.startsWith("ustar", 257);
    return isTar
        && List.of("sys_info", "storages", "tensors", "pickle")
            .contains(text.substring(0, Math.max(0, text.indexOf('\0'))));
  }

  /**
   * ONNX has no magic number. Its protobuf starts with field 1, the version of the format (small),
   * and goes on with another field of the model (2 to 8, 14, 20 or 25).
   */
  private static boolean isOnnx(byte[] head, Path file) {
    boolean isNamedSo = file.toString().toLowerCase(Locale.ROOT).endsWith(".onnx");
    if (head.length < 4 || head[0] != 0x08 || head[1] < 1 || head[1] > 30) {
      return isNamedSo && (head[0] == 0x08 || head[0] == 0x3a || head[0] == 0x12);
    }
    return switch (head[2]) {
      case 0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42, 0x72 -> true;
      default -> isNamedSo;
    };
  }

  private static ModelFormat detectZip(Path file) throws IOException {
    try (ZipFile zip = new ZipFile(file.toFile(), ISO_8859_1)) {
      return detectZip(new OpenZip(zip));
    } catch (ZipException e) {
      return ModelFormat.DAMAGED_ZIP;
    }
  }

  /** A zip's entries, wherever its bytes are. */
  interface Entries {
    /** In the order of the zip's directory. */
    List<String> names();

    /** At most {@code limit} bytes of an entry, however large it claims to be or unpacks to. */
    byte[] read(String name, int limit) throws IOException;
  }

  private record OpenZip(ZipFile zip) implements Entries {
    @Override
    public List<String> names() {
      List<String> names = new ArrayList<>();
      zip.entries().asIterator().forEachRemaining(entry -> names.add(entry.getName()));
      return names;
    }

    @Override
    public byte[] read(String name, int limit) throws IOException {
      ZipEntry entry = zip.getEntry(name);
      if (entry == null) {
        return new byte[0];
      }
      try (InputStream in = zip.getInputStream(entry)) {
        return in.readNBytes(limit);
      }
    }
  }

  private static ModelFormat detectZip(Entries zip) throws IOException {
    List<String> names = zip.names();
    if (names.isEmpty()) {
      return ModelFormat.OTHER_ZIP;
    }
    // As libtorch does it: the archive's name is the folder of the first entry.
    String first = names.getFirst();
    String root = first.substring(0, first.indexOf('/') + 1);
    boolean hasCode = anyStartsWith(names, root + "code/");
    if (hasCode
        && (names.contains(root + "constants.pkl") || names.contains(root + "model.json"))) {
      return ModelFormat.TORCHSCRIPT;
    }
    if (anyStartsWith(names, root + "data/aotinductor/")
        || names.stream().anyMatch(name -> name.endsWith(".wrapper.so"))) {
      return ModelFormat.AOT_INDUCTOR;
    }
    if (names.contains(root + "archive_format")
        || names.contains("serialized_exported_program.json")
        || names.contains(root + "models/model.json")) {
      return ModelFormat.TORCH_EXPORT;
    }
    if (names.contains(root + "data.pkl")) {
      return classifyPickle(zip.read(root + "data.pkl", PICKLE_BYTES));
    }
    if (names.contains("config.json") && names.contains("model.weights.h5")) {
      return ModelFormat.KERAS;
    }
    return names.stream().allMatch(name -> name.endsWith(".npy"))
        ? ModelFormat.NPZ
        : ModelFormat.OTHER_ZIP;
  }

  /**
   * What torch.save has pickled, by how the pickle begins: a dictionary, or the name of a class or
   * function whose result it is. A dictionary may hold a whole module; then classes of torch.nn are
   * named somewhere in it.
   */
  private static ModelFormat classifyPickle(byte[] pickle) {
    String text = new String(pickle, ISO_8859_1);
    int start = text.startsWith("\u0080") ? 2 : 0;
    if (text.startsWith("\u0095", start)) {
      start += 9; // protocol 4 and up: a frame with its length
    }
    if (text.contains("torch.nn.modules.")) {
      return ModelFormat.PICKLED_MODULE;
    }
    boolean isDictionary =
        text.startsWith("}", start)
            || text.startsWith("ccollections\nOrderedDict\n", start)
            || text.startsWith("\u008c\u000bcollections", start); // the same in protocol 4
    if (isDictionary) {
      return ModelFormat.STATE_DICT;
    }
    boolean isFunction =
        text.startsWith("ctorch._utils\n", start)
            || text.startsWith("ctorch.jit._pickle\n", start); // C++'s torch::pickle_save
    boolean isClass = text.startsWith("c", start) && !isFunction;
    return isClass ? ModelFormat.PICKLED_MODULE : ModelFormat.PICKLED_DATA;
  }

  private static boolean anyStartsWith(List<String> names, String prefix) {
    return names.stream().anyMatch(name -> name.startsWith(prefix));
  }

  private static boolean startsWith(byte[] head, String magic) {
    return startsWith(head, magic.getBytes(ISO_8859_1));
  }

  private static boolean startsWith(byte[] head, byte[] magic) {
    return head.length >= magic.length
        && Arrays.equals(head, 0, magic.length, magic, 0, magic.length);
  }
}
