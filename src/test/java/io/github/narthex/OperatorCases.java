package io.github.narthex;

import com.google.gson.Gson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.util.Base64;
import java.util.List;

/** What {@code operators.json} holds. */
record OperatorCases(String torch, List<Case> cases) {
  /** A call of an operator in Python. */
  record Case(String operator, List<Stored> inputs, List<Stored> outputs) {
    @Override
    public String toString() {
      return operator + inputs;
    }
  }

  /** A tensor's elements in base64. */
  record Stored(String dtype, List<Long> shape, String data) {
    Tensor in(Arena arena) {
      return Tensor.copyOf(
          arena,
          MemorySegment.ofArray(Base64.getDecoder().decode(data)),
          DType.parse(dtype),
          dims());
    }

    private Shape dims() {
      return Shape.of(shape.stream().mapToLong(Long::longValue).toArray());
    }

    @Override
    public String toString() {
      return dtype + " " + dims();
    }
  }

  static OperatorCases read() {
    try {
      return new Gson()
          .fromJson(Files.readString(Fixtures.path("operators.json")), OperatorCases.class);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
