package io.github.narthex.io;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.DType;
import io.github.narthex.InputException;
import io.github.narthex.Shape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files that someone made to do harm: each is refused by one exception that says why. */
class HostileTensorFileTest {
  private static final String STORAGE = "(X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0" + "0";
  private static final String REBUILD = "ctorch._utils\n_rebuild_tensor_v2\n(";

  @TempDir Path folder = Path.of("");
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  private void assertRefused(Path file, String reason) {
    var e = assertThrows(InputException.class, () -> TensorFile.open(arena, file));
    assertTrue(String.valueOf(e.getMessage()).contains(reason), e.getMessage());
    assertEquals(1, String.valueOf(e.getMessage()).lines().count());
    assertTrue(String.valueOf(e.getMessage()).length() < 400, e.getMessage());
  }

  /** A file of torch.save with this pickle, and one storage of two floats. */
  private Path torchFile(String pickle) throws IOException {
    return zip(
        ZipOutputStream.STORED,
        Map.of("a/data.pkl", ("\u0080\2" + pickle).getBytes(ISO_8859_1), "a/data/0", new byte[8]));
  }

  private Path zip(int method, Map<String, byte[]> entries) throws IOException {
    Path file = folder.resolve("file");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (Map.Entry<String, byte[]> item : entries.entrySet()) {
        ZipEntry entry = new ZipEntry(item.getKey());
        CRC32 crc = new CRC32();
        crc.update(item.getValue());
        entry.setCrc(crc.getValue());
        entry.setSize(item.getValue().length);
        entry.setMethod(method);
        zip.putNextEntry(entry);
        zip.write(item.getValue());
      }
    }
    return file;
  }

  /** A tensor over the two floats; numbers are pickled as one byte or as four. */
  private static String tensor(int count, int offset, int[] sizes, int[] strides) {
    return REBUILD
        + STORAGE
        + "X\3\0\0\0cpu"
        + number(count)
        + "tQ"
        + number(offset)
        + tuple(sizes)
        + tuple(strides)
        + "\u0089)tR";
  }

  private static String tuple(int... numbers) {
    StringBuilder text = new StringBuilder("(");
    for (int number : numbers) {
      text.append(number(number));
    }
    return text.append('t').toString();
  }

  private static String number(int number) {
    byte[] bytes = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(number).array();
    return "J" + new String(bytes, ISO_8859_1);
  }

  @Test
  void theSameTensorIsReadWhenItIsSound() throws IOException {
    Path file = torchFile(tensor(2, 0, new int[] {2}, new int[] {1}) + ".");
    assertEquals(
        "float32 2", TensorFile.open(arena, file).tensors().firstEntry().getValue().toString());
  }

  @ParameterizedTest
  @CsvSource({
    "2, 0, 3, 1, takes 12 bytes of a storage that has 8",
    "2, 1, 2, 1, takes 12 bytes of a storage that has 8",
    "2, 0, 2, 2, takes 12 bytes of a storage that has 8",
    "2, -1, 1, 1, of a storage that has 8",
    "2, 0, 2, -1, a tensor's strides are negative: -1",
    "2, 0, -2, 1, a tensor's sizes are negative: -2",
    "3, 0, 2, 1, 'storage 0 should have 3 elements, its entry has 8 bytes'",
    "-1, 0, 2, 1, 'storage 0 should have -1 elements, its entry has 8 bytes'"
  })
  void elementsOutsideOfTheStorage(int count, int offset, int size, int stride, String reason)
      throws IOException {
    String pickle = tensor(count, offset, new int[] {size}, new int[] {stride}) + ".";
    assertRefused(torchFile(pickle), reason);
  }

  @Test
  void sizesThatOverflow() throws IOException {
    int most = Integer.MAX_VALUE;
    int[] sizes = {most, most, most, most};
    assertRefused(torchFile(tensor(2, 0, sizes, new int[4]) + "."), "more than 2^63 - 1");
    assertRefused(
        torchFile(tensor(2, 0, new int[] {most, most, 2}, sizes3(most)) + "."), "too large");
    // Elements may repeat: as many as 64 bits can count, none is out of bounds.
    Path repeated = torchFile(tensor(2, 0, new int[] {1 << 30, 1 << 30}, new int[2]) + ".");
    assertEquals(1, TensorFile.open(arena, repeated).tensors().size());
    int[] many = new int[65];
    assertRefused(torchFile(tensor(2, 0, many, many) + "."), "65 dimensions");
  }

  private static int[] sizes3(int stride) {
    return new int[] {stride, stride, stride};
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "cposix\\nsystem\\nX\\2\\0\\0\\0ls\\x85R. | it refers to posix.system, which",
        "c__builtin__\\neval\\n. | it refers to __builtin__.eval, which",
        "ctorch\\nload\\n. | it refers to torch.load, which",
        "X\\xff\\xff\\xff\\xffa. | a text claims to be 4294967295 bytes long, the pickle has 2"
            + " left",
        "X\\xff\\xff\\xff\\x7f. | a text claims to be 2147483647 bytes long",
        "\\x8d\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xffa. | a text claims to be -1 bytes long",
        "}(K\\1K\\2 | the pickle is cut off",
        "(. | an instruction of the pickle finds no value",
        "0 | it has the pickle instruction 0x30",
        "I1\\n. | it has the pickle instruction 0x49",
        "h\\7. | the pickle refers to value 7, which is not there",
        "]K\\1K\\2. | values are left over at its end",
        "K\\1K\\2a. | the pickle appends to what is not a list",
        "}]K\\1s. | a dict has a key that is neither text nor a number",
        "}(K\\1u. | the pickle sets items of what is not a dict",
        "ccollections\\nOrderedDict\\n. | it holds a class or a storage as a value",
        "]q\\0h\\0a. | it is nested more than 100 deep, or contains itself",
        "}q\\0K\\1h\\0s. | it is nested more than 100 deep, or contains itself",
        "}(X\\3\\0\\0\\0a.bK\\1X\\1\\0\\0\\0a}X\\1\\0\\0\\0bK\\2su. | two values are named 'a.b'",
        "\\x8a\\x09123456789. | it holds an integer of more than 64 bits",
        "K\\1)b. | the pickle sets the state of what has none",
        "(X\\1\\0\\0\\0xtQ. | the id of a storage has 1 parts"
      })
  void pickles(String pickle, String reason) throws IOException {
    assertRefused(torchFile(unescaped(pickle)), reason);
  }

  /** A backslash with x and two hexadecimal digits, n, or one digit. */
  private static String unescaped(String text) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != '\\') {
        out.append(c);
      } else if (text.charAt(++i) == 'x') {
        out.append((char) Integer.parseInt(text, i + 1, i + 3, 16));
        i += 2;
      } else {
        out.append(text.charAt(i) == 'n' ? '\n' : (char) (text.charAt(i) - '0'));
      }
    }
    return out.toString();
  }

  @Test
  void deepNesting() throws IOException {
    assertRefused(torchFile("(".repeat(1_000_000)), "the pickle is cut off");
    assertRefused(torchFile("]".repeat(200) + "a".repeat(199) + "."), "nested more than 100 deep");
    assertRefused(torchFile(")" + "\u0085".repeat(1_000_000) + "."), "nested more than 100 deep");
  }

  @Test
  void manyObjects() throws IOException {
    assertRefused(torchFile("]".repeat(4_000_000)), "it holds more than 3000000 values");
    assertRefused(torchFile("]" + "\u0094".repeat(4_000_000)), "it remembers more than 3000000");
  }

  /** Each list holds the one before twice: 2^60 values in some hundred bytes. */
  @Test
  void listsThatDouble() throws IOException {
    StringBuilder pickle = new StringBuilder("]q\0");
    for (int i = 0; i < 60; i++) {
      pickle.append("](").append("h").append((char) i).append("h").append((char) i).append("eq");
      pickle.append((char) (i + 1));
    }
    // What is left on the stack goes into one tuple.
    assertRefused(torchFile("(" + pickle + "t."), "more or longer names");
  }

  @Test
  void longNamesManyTimes() throws IOException {
    int length = 1_000_000;
    String key =
        "X"
            + new String(
                ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(length).array(),
                ISO_8859_1)
            + "k".repeat(length);
    String items = "](" + "K\1".repeat(1000) + "e";
    assertRefused(torchFile("}" + key + items + "s."), "more or longer names");
  }

  @Test
  void aDeflateBomb() throws IOException {
    ByteArrayOutputStream array = new ByteArrayOutputStream();
    array.writeBytes(NpyHeader.write(DType.UINT8, Shape.of(9L << 20)));
    array.writeBytes(new byte[9 << 20]);
    byte[] bytes =
        Files.readAllBytes(zip(ZipOutputStream.DEFLATED, Map.of("x.npy", array.toByteArray())));
    // The directory claims a terabyte.
    int at = new String(bytes, ISO_8859_1).indexOf("PK\1\2") + 24;
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(at, 0xfffffff0);
    assertRefused(Files.write(folder.resolve("bomb"), bytes), "which no deflated data does");
  }

  @Test
  void anEntryUnpackedToMoreThanIsAccepted() throws IOException {
    byte[] data = new byte[64 << 20];
    byte[] header = NpyHeader.write(DType.UINT8, Shape.of(data.length - 128));
    System.arraycopy(header, 0, data, 0, header.length);
    Path file = folder.resolve("bomb");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (int i = 0; i < 20; i++) {
        zip.putNextEntry(new ZipEntry(i + ".npy"));
        zip.write(data);
      }
    }
    TensorFile opened = TensorFile.open(arena, file);
    var e =
        assertThrows(
            InputException.class, () -> opened.tensors().values().forEach(StoredTensor::tensor));
    assertTrue(
        String.valueOf(e.getMessage())
            .contains(" unpacks to more than 1 GiB and 100 times its own size; "),
        e.getMessage());
  }

  @Test
  void entriesThatOverlap() throws IOException {
    byte[] bytes =
        Files.readAllBytes(
            zip(ZipOutputStream.STORED, Map.of("x.npy", new byte[500], "y.npy", new byte[500])));
    // Both entries of the directory are given one entry's size and place.
    String text = new String(bytes, ISO_8859_1);
    int first = text.indexOf("PK\1\2");
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(first + 20, 900)
        .putInt(first + 24, 900);
    assertRefused(Files.write(folder.resolve("overlap"), bytes), "overlaps what comes after it");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{'x':{'dtype':'F32','shape':[2],'data_offsets':[0,4]}} | takes 8 bytes, its data_offsets",
        "{'x':{'dtype':'F32','shape':[3],'data_offsets':[0,12]}} | its tensors take 12 bytes",
        "{'x':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}} | 'x' begins at byte 4 of the data",
        "{'x':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}} | its tensors take 4 bytes",
        "{'x':{'dtype':'U8','shape':[8],'data_offsets':[0,8]},'y':{'dtype':'U8','shape':[8],'data_offsets':[0,8]}}"
            + " | 'y' begins at byte 0 of the data, where the one before ends",
        "{'x':{'dtype':'F4','shape':[2],'data_offsets':[0,8]}} | 'x' has the dtype 'F4'",
        "{'x':{'dtype':'F32','shape':[-1],'data_offsets':[0,8]}} | not a whole number",
        "{'x':{'dtype':'F32','shape':[2.5],'data_offsets':[0,8]}} | not a whole number",
        "{'x':{'dtype':'F32','shape':[999999999999999999,999999999],'data_offsets':[0,8]}} | 2^63",
        "{'x':{'dtype':'F32','shape':[2]}} | 'x' lacks its dtype, shape or two data_offsets",
        "{'x':{'dtype':'F32','dtype':'F32'}} | 'x' has the key 'dtype', which is unknown or twice",
        "{'x':[[[[[[[[1]]]]]]]]} | its header is not the JSON of safetensors",
        "{'__metadata__':{'a':1}} | its metadata are not texts: 'a'",
        "{'x':{'dtype':'U8','shape':[8],'data_offsets':[0,8]},'x':{'dtype':'U8','shape':[8],"
            + "'data_offsets':[0,8]}} | its header has the name 'x' twice",
        "{]} | its header is not the JSON of safetensors"
      })
  void safetensors(String header, String reason) throws IOException {
    String json = header.replace('\'', '"');
    ByteBuffer bytes = ByteBuffer.allocate(8 + json.length() + 8).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(json.length()).put(json.getBytes(ISO_8859_1));
    Path file = Files.write(folder.resolve("file"), bytes.array());
    assertRefused(file, reason);
  }

  @Test
  void namesWithControlCharactersStayOffTheTerminal() throws IOException {
    Path file = torchFile("c\u001b[31mevil\nname\n.");
    assertRefused(file, "it refers to ?[31mevil.name");
  }
}
