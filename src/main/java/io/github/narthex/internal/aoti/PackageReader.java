package io.github.narthex.internal.aoti;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.github.narthex.ModelLoadException;
import io.github.narthex.ModelPackage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads what a package says of itself. */
public final class PackageReader {
  private PackageReader() {}

  /**
   * Reads it.
   *
   * @throws ModelLoadException if the file is not there, not readable, or not a package
   */
  public static ModelPackage read(Path file) {
    try (PackageArchive archive = PackageArchive.open(file)) {
      List<String> names = archive.models();
      if (names.isEmpty()) {
        throw archive.damaged("there is no compiled model in it", null);
      }
      Optional<JsonObject> spec = archive.spec();
      List<ModelPackage.Compiled> models = new ArrayList<>();
      for (String name : names) {
        models.add(model(archive, name, spec));
      }
      return new ModelPackage(file, models);
    }
  }

  private static ModelPackage.Compiled model(
      PackageArchive archive, String name, Optional<JsonObject> spec) {
    JsonObject metadata = archive.metadata(name);
    try {
      return new ModelPackage.Compiled(
          name,
          text(metadata, "AOTI_DEVICE_KEY"),
          text(metadata, "AOTI_PLATFORM"),
          text(metadata, "AOTI_MACHINE"),
          text(metadata, "AOTI_CPU_ISA"),
          text(metadata, "AOTI_COMPUTE_CAPABILITY"),
          spec.flatMap(of -> SpecReader.read(of, name)));
    } catch (RuntimeException e) {
      throw archive.damaged("extra/narthex.json: " + e.getMessage(), e);
    }
  }

  private static String text(JsonObject metadata, String key) {
    JsonElement value = metadata.get(key);
    return value == null || !value.isJsonPrimitive() ? "" : value.getAsString();
  }
}
