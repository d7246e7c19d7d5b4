package io.github.narthex.io;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import io.github.narthex.DType;
import io.github.narthex.Shape;
import io.github.narthex.TensorInfo;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** The JSON at the beginning of a safetensors file. */
record SafetensorsHeader(
    SequencedMap<String, Entry> tensors, SequencedMap<String, String> metadata) {
  /** The only name that is no tensor's. */
  static final String METADATA = "__metadata__";

  private static final int MAX_RANK = 64;

  /** A tensor, and where its elements begin and end in the data. */
  record Entry(TensorInfo info, long begin, long end) {}

  static SafetensorsHeader parse(MappedFile file, String text) {
    try (JsonReader json = new JsonReader(new StringReader(text))) {
      json.setStrictness(Strictness.STRICT);
      SafetensorsHeader header = new Parser(file, json).parse();
      if (json.peek() != JsonToken.END_DOCUMENT) {
        throw file.bad("something follows the object in its header");
      }
      return header;
    } catch (IOException | IllegalStateException | NumberFormatException e) {
      throw file.bad("its header is not the JSON of safetensors: " + firstLine(e), e);
    }
  }

  private static String firstLine(Exception e) {
    String message = String.valueOf(e.getMessage());
    return MappedFile.quote(message.lines().findFirst().orElse(""));
  }

  private record Parser(MappedFile file, JsonReader json) {
    SafetensorsHeader parse() throws IOException {
      SequencedMap<String, Entry> tensors = new LinkedHashMap<>();
      SequencedMap<String, String> metadata = new LinkedHashMap<>();
      boolean hasMetadata = false;
      json.beginObject();
      while (json.hasNext()) {
        String name = json.nextName();
        boolean isNew;
        if (name.equals(METADATA)) {
          isNew = !hasMetadata;
          hasMetadata = true;
          metadata(metadata);
        } else {
          isNew = tensors.putIfAbsent(name, entry(name)) == null;
        }
        if (!isNew) {
          throw file.bad("its header has the name '" + MappedFile.quote(name) + "' twice");
        }
      }
      json.endObject();
      return new SafetensorsHeader(tensors, metadata);
    }

    private void metadata(SequencedMap<String, String> metadata) throws IOException {
      json.beginObject();
      while (json.hasNext()) {
        String name = json.nextName();
        if (json.peek() != JsonToken.STRING) {
          throw file.bad("its metadata are not texts: '" + MappedFile.quote(name) + "'");
        }
        if (metadata.putIfAbsent(name, json.nextString()) != null) {
          throw file.bad("its metadata have the name '" + MappedFile.quote(name) + "' twice");
        }
      }
      json.endObject();
    }

    private Entry entry(String tensor) throws IOException {
      @Nullable DType dtype = null;
      long @Nullable [] shape = null;
      long @Nullable [] offsets = null;
      json.beginObject();
      while (json.hasNext()) {
        String name = json.nextName();
        boolean isFirst =
            switch (name) {
              case "dtype" -> dtype == null;
              case "shape" -> shape == null;
              case "data_offsets" -> offsets == null;
              default -> false;
            };
        if (!isFirst) {
          throw file.bad(
              "'%s' has the key '%s', which is unknown or twice there"
                  .formatted(MappedFile.quote(tensor), MappedFile.quote(name)));
        }
        switch (name) {
          case "dtype" -> dtype = dtype(tensor);
          case "shape" -> shape = numbers(tensor, MAX_RANK);
          default -> offsets = numbers(tensor, 2);
        }
      }
      json.endObject();
      if (dtype == null || shape == null || offsets == null || offsets.length != 2) {
        throw file.bad(
            "'%s' lacks its dtype, shape or two data_offsets".formatted(MappedFile.quote(tensor)));
      }
      TensorInfo info = new TensorInfo(dtype, Shape.of(shape));
      requireSize(tensor, info, offsets[0], offsets[1]);
      return new Entry(info, offsets[0], offsets[1]);
    }

    private void requireSize(String name, TensorInfo info, long begin, long end) {
      long expected;
      try {
        expected = info.byteSize();
      } catch (ArithmeticException e) {
        throw file.bad("'" + MappedFile.quote(name) + "': " + e.getMessage(), e);
      }
      if (end < begin || end - begin != expected) {
        throw file.bad(
            "'%s' (%s) takes %d bytes, its data_offsets are [%d, %d]"
                .formatted(MappedFile.quote(name), info, expected, begin, end));
      }
    }

    private DType dtype(String tensor) throws IOException {
      String name = json.nextString();
      return DTypeNames.safetensors(name)
          .orElseThrow(
              () ->
                  file.bad(
                      "'%s' has the dtype '%s', which no tensor here has"
                          .formatted(MappedFile.quote(tensor), MappedFile.quote(name))));
    }

    private long[] numbers(String tensor, int most) throws IOException {
      List<Long> numbers = new ArrayList<>();
      json.beginArray();
      while (json.hasNext()) {
        String text = json.peek() == JsonToken.NUMBER ? json.nextString() : "";
        if (!text.matches("[0-9]{1,18}")) {
          throw file.bad(
              "'%s' has a size that is not a whole number from 0 to 10^18 - 1"
                  .formatted(MappedFile.quote(tensor)));
        }
        numbers.add(Long.parseLong(text));
        if (numbers.size() > most) {
          throw file.bad("'%s' has more than %d sizes".formatted(MappedFile.quote(tensor), most));
        }
      }
      json.endArray();
      return numbers.stream().mapToLong(Long::longValue).toArray();
    }
  }
}
