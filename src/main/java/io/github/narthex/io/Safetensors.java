package io.github.narthex.io;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/** The safetensors format: a header in JSON, then the elements of all tensors. */
final class Safetensors {
  /** Some hundred thousand tensors. */
  private static final int MAX_HEADER_BYTES = 32 << 20;

  /** So that elements of every dtype lie aligned in a mapped file. */
  private static final int ALIGNMENT = 64;

  private Safetensors() {}

  /**
   * Reads and checks the header: each tensor lies inside the file and is as long as its dtype and
   * shape say, and together they cover all of it without overlap.
   */
  static TensorFile.Content read(MappedFile file) {
    long size = file.bytes().byteSize();
    long length =
        file.bytes().get(ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), 0);
    if (length < 2 || length > size - Long.BYTES) {
      throw file.bad(
          "its header claims to be %s bytes long, the file has %d"
              .formatted(Long.toUnsignedString(length), size - Long.BYTES));
    }
    if (length > MAX_HEADER_BYTES) {
      throw file.bad(
          "its header is %d bytes long, more than the %d that are accepted"
              .formatted(length, MAX_HEADER_BYTES));
    }
    SafetensorsHeader header = SafetensorsHeader.parse(file, text(file, Math.toIntExact(length)));
    MemorySegment data = file.bytes().asSlice(Long.BYTES + length);
    requireCovered(file, header.tensors(), data.byteSize());
    SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();
    header
        .tensors()
        .forEach(
            (name, entry) -> {
              MemorySegment elements = data.asSlice(entry.begin(), entry.end() - entry.begin());
              FileBytes bytes = FileBytes.stored(file, name, elements);
              Storage storage = new Storage(bytes, 0, ByteOrder.LITTLE_ENDIAN);
              tensors.put(name, StoredTensor.of(entry.info(), storage));
            });
    return new TensorFile.Content(tensors, header.metadata());
  }

  private static String text(MappedFile file, int length) {
    try {
      return UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .decode(file.bytes().asSlice(Long.BYTES, length).asByteBuffer())
          .toString();
    } catch (CharacterCodingException e) {
      throw file.bad("its header is not UTF-8", e);
    }
  }

  private static void requireCovered(
      MappedFile file, Map<String, SafetensorsHeader.Entry> tensors, long byteSize) {
    List<Map.Entry<String, SafetensorsHeader.Entry>> inOrder = new ArrayList<>(tensors.entrySet());
    inOrder.sort(
        Comparator.comparingLong(
                (Map.Entry<String, SafetensorsHeader.Entry> entry) -> entry.getValue().begin())
            .thenComparingLong(entry -> entry.getValue().end()));
    long end = 0;
    for (Map.Entry<String, SafetensorsHeader.Entry> entry : inOrder) {
      if (entry.getValue().begin() != end) {
        throw file.bad(
            "'%s' begins at byte %d of the data, where the one before ends at %d"
                .formatted(MappedFile.quote(entry.getKey()), entry.getValue().begin(), end));
      }
      end = entry.getValue().end();
    }
    if (end != byteSize) {
      throw file.bad("its tensors take %d bytes, the file has %d of them".formatted(end, byteSize));
    }
  }

  /** Writes arrays, those of the largest elements first, so that each is aligned. */
  static void write(Map<String, NpyArray> arrays, WritableByteChannel out) throws IOException {
    List<Map.Entry<String, NpyArray>> inOrder = new ArrayList<>(arrays.entrySet());
    inOrder.sort(
        Comparator.comparingLong(
            (Map.Entry<String, NpyArray> entry) -> -entry.getValue().dtype().byteSize()));
    byte[] header = header(inOrder);
    int padding = Math.floorMod(-(Long.BYTES + header.length), ALIGNMENT);
    ByteBuffer start =
        ByteBuffer.allocate(Long.BYTES + header.length + padding).order(ByteOrder.LITTLE_ENDIAN);
    start.putLong(header.length + padding).put(header);
    Npy.writeFully(out, start.put(" ".repeat(padding).getBytes(UTF_8)).flip());
    for (Map.Entry<String, NpyArray> entry : inOrder) {
      NewFile.writeFully(littleEndian(entry.getValue()), out);
    }
  }

  private static MemorySegment littleEndian(NpyArray array) {
    if (ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN) {
      return array.data();
    }
    MemorySegment copy =
        Arena.ofAuto().allocate(array.data().byteSize(), Long.BYTES).copyFrom(array.data());
    DenseCopy.swapBytes(copy, array.dtype());
    return copy;
  }

  private static byte[] header(List<Map.Entry<String, NpyArray>> arrays) throws IOException {
    StringWriter text = new StringWriter();
    try (JsonWriter json = new JsonWriter(text)) {
      json.beginObject();
      // Hugging Face's libraries look for the framework.
      json.name(SafetensorsHeader.METADATA).beginObject().name("format").value("pt").endObject();
      long begin = 0;
      for (Map.Entry<String, NpyArray> entry : arrays) {
        NpyArray array = entry.getValue();
        if (entry.getKey().equals(SafetensorsHeader.METADATA)) {
          throw new IllegalArgumentException("no tensor can be named " + entry.getKey());
        }
        String dtype =
            DTypeNames.safetensorsName(array.dtype())
                .orElseThrow(
                    () ->
                        new IllegalArgumentException(
                            "'%s' is %s, which safetensors lacks"
                                .formatted(entry.getKey(), array.dtype())));
        long end = Math.addExact(begin, array.data().byteSize());
        json.name(entry.getKey()).beginObject().name("dtype").value(dtype).name("shape");
        json.beginArray();
        for (long dim : array.shape().toArray()) {
          json.value(dim);
        }
        json.endArray().name("data_offsets").beginArray().value(begin).value(end).endArray();
        json.endObject();
        begin = end;
      }
      json.endObject();
    }
    return text.toString().getBytes(UTF_8);
  }
}
