package io.github.narthex.report;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.github.narthex.DType;
import io.github.narthex.Model;
import io.github.narthex.TensorInfo;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How large a model is.
 *
 * @param fileBytes of its file; null if it has none
 * @param weightBytes of its parameters, buffers and constants by dtype
 */
public record ModelSize(@Nullable Long fileBytes, Map<DType, Long> weightBytes) {
  /** The map is copied. */
  public ModelSize {
    weightBytes = java.util.Collections.unmodifiableMap(new TreeMap<>(weightBytes));
  }

  /** Asks the model. */
  public static ModelSize of(@Nullable Long fileBytes, Model model) {
    Map<DType, Long> bytes = new TreeMap<>();
    Stream.of(model.parameters().values(), model.buffers().values(), model.constants())
        .flatMap(infos -> infos.stream())
        .forEach((TensorInfo info) -> bytes.merge(info.dtype(), info.byteSize(), Long::sum));
    return new ModelSize(fileBytes, bytes);
  }

  JsonElement json() {
    JsonObject object = new JsonObject();
    object.add("file_bytes", fileBytes == null ? JsonNull.INSTANCE : new JsonPrimitive(fileBytes));
    JsonObject weights = new JsonObject();
    weightBytes.forEach((dtype, bytes) -> weights.addProperty(dtype.toString(), bytes));
    object.add("weight_bytes", weights);
    return object;
  }

  /** The dtypes of both, in their order. */
  static List<DType> dtypes(ModelSize a, ModelSize b) {
    return Stream.concat(a.weightBytes.keySet().stream(), b.weightBytes.keySet().stream())
        .distinct()
        .sorted()
        .toList();
  }
}
