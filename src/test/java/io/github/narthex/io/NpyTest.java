package io.github.narthex.io;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.DType;
import io.github.narthex.Fixtures;
import io.github.narthex.InputException;
import io.github.narthex.Shape;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class NpyTest {
  @TempDir Path folder = Path.of("");
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  @ParameterizedTest
  @CsvSource({
    "f2-little, FLOAT16",
    "f2-big, FLOAT16",
    "f4-little, FLOAT32",
    "f4-big, FLOAT32",
    "f8-little, FLOAT64",
    "f8-big, FLOAT64",
    "i1-byte, INT8",
    "i2-little, INT16",
    "i2-big, INT16",
    "i4-little, INT32",
    "i4-big, INT32",
    "i8-little, INT64",
    "i8-big, INT64",
    "u1-byte, UINT8",
    "version1, FLOAT32",
    "version2, FLOAT32",
    "version3, FLOAT32",
    "fortran-big, FLOAT32"
  })
  void readsWhatNumPyWrote(String name, DType dtype) {
    NpyArray array = read(name);
    assertEquals(dtype, array.dtype());
    assertEquals(Shape.of(2, 3), array.shape());
    assertArrayEquals(new double[] {0, 1, 2, 3, 4, 5}, doubles(array));
    assertEquals(0, array.data().address() % 64);
  }

  @Test
  void readsBool() {
    NpyArray array = read("b1-byte");
    assertEquals(DType.BOOL, array.dtype());
    assertArrayEquals(new double[] {0, 1, 1, 1, 1, 1}, doubles(array));
  }

  @Test
  void readsFortranOrderOfRankThree() {
    NpyArray array = read("fortran");
    assertEquals(Shape.of(2, 3, 4), array.shape());
    double[] expected = new double[24];
    for (int i = 0; i < expected.length; i++) {
      expected[i] = i;
    }
    assertArrayEquals(expected, doubles(array));
  }

  @Test
  void readsScalarAndEmpty() {
    assertEquals(Shape.SCALAR, read("scalar").shape());
    assertArrayEquals(new double[] {1.5}, doubles(read("scalar")));
    assertEquals(Shape.of(0, 3), read("empty").shape());
    assertEquals(0, read("empty").data().byteSize());
  }

  @Test
  void makesBoolsZeroOrOne() throws IOException {
    byte[] file = file("{'descr': '|b1', 'fortran_order': False, 'shape': (3,), }", 3);
    file[file.length - 1] = 7;
    file[file.length - 2] = -1;
    NpyArray array = Npy.read(arena, write(file));
    assertArrayEquals(new byte[] {0, 1, 1}, array.data().toArray(ValueLayout.JAVA_BYTE));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "object | holds Python objects (a pickle), which are never read; save an array of numbers",
        "structured | holds records (a structured dtype); save each field as an array of its own",
        "text | has the dtype '<U2'; supported are float16/32/64, int8/16/32/64, uint8/16/32/64,"
            + " complex64/128 and bool",
      })
  void refusesTypesThatNoTensorHas(String name, String reason) {
    Path file = Fixtures.path("npy/" + name + ".npy");
    assertEquals(file + ": " + reason, message(file));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), } | the header promises 24 bytes"
            + " of 2x3 float32, the file has 8",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, -3), } | a dimension of the shape is"
            + " negative: -3",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), } | shape"
            + " 4294967296x4294967296 has more than 2^63 - 1 elements",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (2305843009213693952,), } | shape"
            + " 2305843009213693952 of float64 has more than 2^63 - 1 bytes",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), } | a dimension"
            + " of the shape does not fit in 64 bits: 99999999999999999999",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2305843009213693,), } | the header"
            + " promises 9223372036854772 bytes of 2305843009213693 float32, the file has 8",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (2,), } | expected True or False at position"
            + " 35 of the header, found '0, 'shape': (2,), }'",
        "{'descr': '<f4', 'shape': (2,), } | the header lacks a key: descr, fortran_order and shape"
            + " are needed, found [",
        "{'descr': '<f4', 'descr': '<f4'} | the header has the key 'descr' twice",
        "{'evil': '<f4'} | the header has the unknown key 'evil'",
        "{'descr': '', 'fortran_order': False, 'shape': (2,), } | has the dtype ''; supported are",
        "{'descr': '<f4', 'fortran_order': False, 'shape': 2, } | expected '(' at position 51 of"
            + " the header, found '2, }'",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), } x | expected the end of the"
            + " header at position 59",
        "{'descr': '<V2', 'fortran_order': False, 'shape': (2,), } | holds elements of 2 bytes"
            + " without a type",
        "{'descr': '<f4 | expected a string in quotes at position 11",
        "__import__('os') | expected '{' at position 1 of the header, found '__import__('os')'",
        "\"\" | expected '{' at position 1 of the header, found its end",
      })
  void refusesHostileHeaders(String header, String reason) throws IOException {
    Path file = write(file(header, 8));
    String message = message(file);
    assertTrue(message.startsWith(file + ": " + reason), message);
  }

  @Test
  void refusesWhatIsNoNpyFile() throws IOException {
    Path missing = folder.resolve("none.npy");
    assertEquals("there is no file " + missing, message(missing));
    assertEquals(
        folder + ": expected an npy file, found what is not a regular file", message(folder));
    String wrong = "expected an npy file, which begins with \\x93NUMPY, found other bytes";
    assertTrue(message(write("PK\003\004 and so on".getBytes(ISO_8859_1))).endsWith(wrong));
    assertTrue(message(write(new byte[0])).endsWith("expected an npy file, found an empty file"));
    assertTrue(message(write("\u0093NUM".getBytes(ISO_8859_1))).endsWith(wrong));
    assertTrue(
        message(write("\u0093NUMPY\001".getBytes(ISO_8859_1)))
            .endsWith("the header is cut off after 7 bytes"));
    assertTrue(
        message(write("\u0093NUMPY\011\000\000\000\000\000".getBytes(ISO_8859_1)))
            .endsWith("expected npy version 1.0, 2.0 or 3.0, found 9.0"));
    assertTrue(
        message(write("\u0093NUMPY\002\000\u00ff\u00ff\u00ff\u00ff".getBytes(ISO_8859_1)))
            .endsWith(
                "the header claims to be 4294967295 bytes long, more than the 65536 that are"
                    + " accepted"));
    assertTrue(
        message(write("\u0093NUMPY\001\000\u00ff\000{}".getBytes(ISO_8859_1)))
            .endsWith("the header claims to be 255 bytes long, the file has 2 of them"));
  }

  @Test
  void refusesTooManyDimensions() throws IOException {
    String dims = "1, ".repeat(65);
    byte[] file = file("{'descr': '<f4', 'fortran_order': False, 'shape': (" + dims + "), }", 8);
    assertTrue(
        message(write(file)).endsWith("has 65 dimensions, more than the 64 that are accepted"));
  }

  @Test
  void survivesEveryDamage() throws IOException {
    byte[] whole = Files.readAllBytes(Fixtures.path("npy/fortran.npy"));
    Random random = new Random(2);
    for (int i = 0; i < 2000; i++) {
      byte[] damaged = whole.clone();
      for (int j = 0; j < 1 + i % 4; j++) {
        damaged[random.nextInt(128)] = (byte) random.nextInt();
      }
      Path file = write(damaged);
      try (Arena scratch = Arena.ofConfined()) {
        Npy.read(scratch, file);
      } catch (InputException e) {
        String message = String.valueOf(e.getMessage());
        assertTrue(message.startsWith(file.toString()), message);
        assertEquals(1, message.lines().count());
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"BFLOAT16", "COMPLEX.*", "FLOAT8_.*", "Q.*"},
      mode = EnumSource.Mode.MATCH_NONE)
  void writesWhatItReads(DType dtype) throws IOException {
    for (Shape shape : new Shape[] {Shape.SCALAR, Shape.of(7), Shape.of(2, 0), Shape.of(2, 3, 5)}) {
      NpyArray array = new NpyArray(dtype, shape, arena.allocate(shape.byteSize(dtype), 64));
      for (long i = 0; i < shape.elementCount(); i++) {
        Elements.setLong(array.data(), dtype, i, i);
      }
      Path file = folder.resolve("written.npy");
      Npy.write(file, array);
      NpyArray back = Npy.read(arena, file);
      assertEquals(dtype, back.dtype());
      assertEquals(shape, back.shape());
      assertEquals(-1, array.data().mismatch(back.data()));
    }
  }

  @Test
  void writesTheVeryBytesOfNumPy() throws IOException {
    for (String name : new String[] {"f4-little", "i1-byte", "scalar", "empty", "b1-byte"}) {
      Path file = folder.resolve("same.npy");
      Npy.write(file, read(name));
      assertEquals(-1, Files.mismatch(Fixtures.path("npy/" + name + ".npy"), file), name);
    }
  }

  @Test
  void writesBfloat16AsFloat32() throws IOException {
    NpyArray array = new NpyArray(DType.BFLOAT16, Shape.of(3), arena.allocate(6));
    double[] values = {1, -0.5, 3.140625};
    for (int i = 0; i < values.length; i++) {
      Elements.setDouble(array.data(), DType.BFLOAT16, i, values[i]);
    }
    Path file = folder.resolve("bf16.npy");
    Npy.write(file, array);
    NpyArray back = Npy.read(arena, file);
    assertEquals(DType.FLOAT32, back.dtype());
    assertArrayEquals(values, doubles(back));
  }

  @Test
  void writesFromTheHeapAndInChunks() throws IOException {
    float[] values = new float[1_000_003];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    Path file = folder.resolve("large.npy");
    Npy.write(
        file, new NpyArray(DType.FLOAT32, Shape.of(values.length), MemorySegment.ofArray(values)));
    assertArrayEquals(values, Npy.read(arena, file).data().toArray(ValueLayout.JAVA_FLOAT));
  }

  @Test
  void anArrayHasTheSizeOfItsShape() {
    var e =
        assertThrows(
            IllegalArgumentException.class,
            () -> new NpyArray(DType.FLOAT32, Shape.of(2, 3), arena.allocate(20)));
    assertEquals(
        "an array of shape 2x3 and dtype float32 takes 24 bytes, the segment has 20",
        e.getMessage());
  }

  private NpyArray read(String name) {
    return Npy.read(arena, Fixtures.path("npy/" + name + ".npy"));
  }

  private String message(Path file) {
    var e = assertThrows(InputException.class, () -> Npy.read(arena, file));
    return String.valueOf(e.getMessage());
  }

  private static double[] doubles(NpyArray array) {
    double[] values = new double[(int) array.shape().elementCount()];
    for (int i = 0; i < values.length; i++) {
      values[i] = Elements.getDouble(array.data(), array.dtype(), i);
    }
    return values;
  }

  private Path write(byte[] content) throws IOException {
    return Files.write(folder.resolve("file.npy"), content);
  }

  private static byte[] file(String header, int dataBytes) {
    byte[] file = new byte[10 + header.length() + dataBytes];
    String start =
        "\u0093NUMPY\001\000"
            + (char) (header.length() & 0xff)
            + (char) (header.length() >> 8)
            + header;
    System.arraycopy(start.getBytes(ISO_8859_1), 0, file, 0, start.length());
    return file;
  }
}
