package io.github.narthex.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.narthex.DType;
import io.github.narthex.Shape;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InputSpecTest {
  @Test
  void readsAllForms() {
    assertEquals(
        new InputSpec.Generated(
            Optional.empty(), Shape.of(1, 3, 224, 224), DType.FLOAT32, Optional.empty()),
        InputSpec.parse("1x3x224x224"));
    assertEquals(
        new InputSpec.Generated(
            Optional.of("ids"),
            Shape.of(1, 128),
            DType.INT64,
            Optional.of(new InputSpec.Range(0, 30000))),
        InputSpec.parse("ids=1x128:int64:0..30000"));
    assertEquals(
        new InputSpec.FromFile(Optional.empty(), Path.of("a/b.npy")), InputSpec.parse("a/b.npy"));
    assertEquals(
        new InputSpec.FromFile(Optional.of("x"), Path.of("C.NPY")), InputSpec.parse("x=C.NPY"));
    assertEquals(
        new InputSpec.FromFile(Optional.empty(), Path.of("./a=1/b.npy")),
        InputSpec.parse("./a=1/b.npy"));
  }

  @ParameterizedTest
  @CsvSource({
    "1x3x224x224:float32",
    "scalar:int64",
    "0:bool",
    "ids=1x128:int64:0..30000",
    "a.b_1=2:float16:-1.5..2.25",
    "4:int8:-128..127",
    "x=dir/file.npy",
  })
  void parsesWhatItPrints(String text) {
    assertEquals(text, InputSpec.parse(text).toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | 1 | a shape such as 1x3x224x224, 'scalar', or a file that ends in .npy, found"
            + " nothing",
        "x= | 3 | a shape such as 1x3x224x224, 'scalar', or a file that ends in .npy, found"
            + " nothing",
        "image.png | 1 | a shape such as 1x3x224x224, 'scalar', or a file that ends in .npy, found"
            + " 'image.png'",
        "1x-3 | 3 | a size of a dimension, found '-3'",
        "ids=1xx3 | 7 | a size of a dimension, found nothing",
        "1x9999999999999999999 | 3 | a size of a dimension, found '9999999999999999999'",
        "1x3:float | 5 | a dtype (float32, float64, float16, bfloat16, int8, int16, int32, int64,"
            + " uint8, uint16, uint32, uint64, bool), found 'float'",
        "1x3: | 5 | a dtype (float32, float64, float16, bfloat16, int8, int16, int32, int64, uint8,"
            + " uint16, uint32, uint64, bool), found nothing",
        "1x3:int64:5 | 11 | a range such as 0..30000, found '5'",
        "1x3:int64:0..x | 11 | a range such as 0..30000, found '0..x'",
        "1x3:int64:0..NaN | 11 | a range such as 0..30000, found '0..NaN'",
        "1x3:int64:5..1 | 11 | a range from a smaller to a larger number, found '5..1'",
        "1x3:int64:1..5:6 | 15 | the end, found ':6'",
      })
  void saysWhereTheTextIsWrong(String text, int position, String rest) {
    var e = assertThrows(IllegalArgumentException.class, () -> InputSpec.parse(text));
    assertEquals(
        "bad input '%s' at position %d: expected %s".formatted(text, position, rest),
        e.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "2:uint8:0..256 | expected a range within 0..255 for uint8, found 0..256",
        "2:int32:0..1.5 | expected a range of whole numbers for int32, found 0..1.5",
        "4294967296x4294967296 | shape 4294967296x4294967296 has more than 2^63 - 1 elements",
      })
  void refusesWhatNoTensorHolds(String text, String reason) {
    var e = assertThrows(IllegalArgumentException.class, () -> InputSpec.parse(text));
    assertEquals("bad input '" + text + "': " + reason, e.getMessage());
  }

  @Test
  void replacesTheBatch() {
    assertEquals(
        "ids=8x128:int64:0..9", InputSpec.parse("ids=1x128:int64:0..9").withBatch(8).toString());
    assertThrows(
        IllegalArgumentException.class, () -> InputSpec.parse("scalar:int64").withBatch(8));
    assertThrows(IllegalArgumentException.class, () -> InputSpec.parse("1x2").withBatch(0));
    var e =
        assertThrows(IllegalArgumentException.class, () -> InputSpec.parse("x.npy").withBatch(8));
    assertEquals("the batch of x.npy is in the file and can't be set", e.getMessage());
  }
}
