package io.github.narthex.models;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.narthex.DType;
import io.github.narthex.Fixtures;
import io.github.narthex.LeakCheck;
import io.github.narthex.Model;
import io.github.narthex.Shape;
import io.github.narthex.Tensor;
import io.github.narthex.Value;
import io.github.narthex.io.Npy;
import io.github.narthex.io.Samples;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.SequencedMap;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The pictures, and the network that was trained on them. */
@ExtendWith(LeakCheck.class)
class ShapePicturesTest {
  private static final long HELD_OUT_SEED = 2;
  private static final int HELD_OUT_PICTURES = 2_000;
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  @Test
  void arePythonsToTheBit() {
    byte[] expected =
        Npy.read(arena, Fixtures.path("shapes/pictures.npy")).data().toArray(JAVA_BYTE);
    ShapePictures pictures = ShapePictures.of(HELD_OUT_SEED);
    int size = 3 * ShapePictures.SIDE * ShapePictures.SIDE;
    for (int i = 0; i < expected.length / size; i++) {
      assertArrayEquals(Arrays.copyOfRange(expected, i * size, (i + 1) * size), pictures.pixels(i));
    }
  }

  @Test
  void manyArePythonsToTheBit() throws IOException {
    for (String line : Files.readAllLines(Fixtures.path("shapes/checksums.txt"))) {
      String[] fields = line.split(" ", -1);
      ShapePictures pictures = ShapePictures.of(Long.parseLong(fields[0]));
      long first = Long.parseLong(fields[1]);
      int count = Integer.parseInt(fields[2]);
      CRC32 checksum = new CRC32();
      byte[] labels = new byte[count];
      for (int i = 0; i < count; i++) {
        checksum.update(pictures.pixels(first + i));
        labels[i] = (byte) pictures.label(first + i);
      }
      checksum.update(labels);
      assertEquals(Long.parseLong(fields[3]), checksum.getValue(), line);
    }
  }

  @Test
  void batches() {
    ShapePictures pictures = ShapePictures.of(9);
    ShapePictures.Batch batch = pictures.batch(arena, 5, 3);
    assertEquals(Shape.of(3, 3, 32, 32), batch.images().shape());
    assertEquals(DType.FLOAT32, batch.images().dtype());
    long[] labels = batch.labels().toLongArray();
    float[] values = batch.images().toFloatArray();
    for (int i = 0; i < 3; i++) {
      assertEquals(pictures.label(5 + i), labels[i]);
      byte[] pixels = pictures.pixels(5 + i);
      for (int p = 0; p < pixels.length; p++) {
        assertEquals((pixels[p] & 255) / 64f - 2, values[i * pixels.length + p]);
      }
    }
    assertEquals(10, ShapePictures.labels().size());
    assertEquals(Shape.of(0, 3, 32, 32), pictures.batch(arena, 0, 0).images().shape());
    assertThrows(IllegalArgumentException.class, () -> pictures.batch(arena, 0, -1));
    assertThrows(IndexOutOfBoundsException.class, () -> pictures.pixels(-1));
    assertThrows(IndexOutOfBoundsException.class, () -> pictures.label(-1));
    assertThrows(IndexOutOfBoundsException.class, () -> pictures.batch(arena, -1, 1));
  }

  @Test
  void oneByOne() {
    ShapePictures pictures = ShapePictures.of(9);
    ShapePictures.Batch batch = pictures.batch(arena, 5, 3);
    Samples samples = pictures.samples(5, 3);
    assertEquals(3, samples.count());
    assertEquals("000007", samples.name(2));
    float[] all = batch.images().toFloatArray();
    for (int i = 0; i < 3; i++) {
      SequencedMap<String, Value> sample = samples.sample(arena, i);
      assertEquals(Shape.of(1, 3, 32, 32), sample.firstEntry().getValue().tensor().shape());
      assertArrayEquals(
          Arrays.copyOfRange(all, i * all.length / 3, (i + 1) * all.length / 3),
          sample.firstEntry().getValue().tensor().toFloatArray());
      assertEquals(batch.labels().toLongArray()[i], samples.label(i).orElseThrow());
      // The model takes it by that name.
      Model net = Builtin.SHAPES_NET.build(arena, 0);
      assertEquals(Shape.of(1, 10), net.call(arena, "forward", List.of(), sample).tensor().shape());
    }
    assertThrows(IndexOutOfBoundsException.class, () -> samples.sample(arena, 3));
    assertThrows(IndexOutOfBoundsException.class, () -> samples.label(-1));
    assertThrows(IllegalArgumentException.class, () -> pictures.samples(0, -1));
    assertThrows(IllegalArgumentException.class, () -> pictures.samples(-1, 1));
  }

  @Test
  void theNetworkKnowsMostOfThem() throws IOException {
    Model net = Builtin.SHAPES_NET.build(arena, 0).withThreads(1);
    assertTrue(Builtin.SHAPES_NET.isTrained());
    assertEquals("%d of %d\n".formatted(correct(net), HELD_OUT_PICTURES), python("correct.txt"));
    ShapePictures.Batch first = ShapePictures.of(HELD_OUT_SEED).batch(arena, 0, 100);
    assertArrayEquals(
        Npy.read(arena, Fixtures.path("shapes/scores.npy")).data().toArray(JAVA_FLOAT),
        net.forward(arena, first.images()).toFloatArray(),
        1e-4f);
  }

  private static String python(String file) throws IOException {
    return Files.readString(Fixtures.path("shapes/" + file));
  }

  private long correct(Model net) {
    ShapePictures pictures = ShapePictures.of(HELD_OUT_SEED);
    long correct = 0;
    for (int from = 0; from < HELD_OUT_PICTURES; from += 500) {
      ShapePictures.Batch batch = pictures.batch(arena, from, 500);
      Tensor chosen = net.forward(arena, batch.images()).argmax(1, false);
      correct += chosen.eq(batch.labels()).sum().toLongArray()[0];
    }
    return correct;
  }
}
