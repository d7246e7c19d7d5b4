package io.github.narthex.internal.aoti;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.github.narthex.ModelLoadException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/** A {@code .pt2} file, opened as the zip that it is. What it says may be wrong or hostile. */
final class PackageArchive implements AutoCloseable {
  private static final String MODELS = "data/aotinductor/";
  private static final String SPEC = "extra/narthex.json";
  private static final String CUSTOM_OBJECT = "data/constants/custom_obj_";
  private static final int MOST_JSON_BYTES = 16 << 20;

  private final Path file;
  private final ZipFile zip;

  /** The archive's one folder, with a slash. */
  private final String root;

  private PackageArchive(Path file, ZipFile zip, String root) {
    this.file = file;
    this.zip = zip;
    this.root = root;
  }

  /**
   * Opens it.
   *
   * @throws ModelLoadException if there is no such file, it can't be read, or is no such zip
   */
  static PackageArchive open(Path file) {
    try {
      ZipFile zip = new ZipFile(file.toFile());
      String root =
          zip.stream()
              .map(ZipEntry::getName)
              .filter(name -> name.contains("/" + MODELS))
              .map(name -> name.substring(0, name.indexOf("/" + MODELS) + 1))
              .findFirst()
              .orElse("");
      return new PackageArchive(file, zip, root);
    } catch (NoSuchFileException e) {
      throw new ModelLoadException("there is no file " + file, "", e);
    } catch (IOException e) {
      throw new ModelLoadException(
          "%s can't be read as a package: %s".formatted(file, e.getMessage()), "", e);
    }
  }

  String root() {
    return root;
  }

  ZipFile zip() {
    return zip;
  }

  /**
   * Where an entry belongs in a directory with the contents; libtorch looks for {@code data/…} in
   * the directory itself.
   *
   * @throws ModelLoadException if it would be written outside of it
   */
  Path place(ZipEntry entry, Path directory) {
    String name = entry.getName();
    String inside = name.startsWith(root) ? name.substring(root.length()) : name;
    Path place = directory.resolve(inside).normalize();
    if (!place.startsWith(directory)) {
      throw damaged(
          "the entry '%s' would be written outside of its directory".formatted(name), null);
    }
    return place;
  }

  /**
   * All places where an entry belongs: libtorch looks for objects of custom classes beside the code
   * of each model.
   *
   * @throws ModelLoadException if one is outside of the directory
   */
  List<Path> places(ZipEntry entry, Path directory) {
    Path place = place(entry, directory);
    if (!entry.getName().startsWith(root + CUSTOM_OBJECT)) {
      return List.of(place);
    }
    return models().stream()
        .map(model -> directory.resolve(MODELS, model, place.getFileName().toString()))
        .toList();
  }

  /** The names of the models that are compiled in it. */
  List<String> models() {
    String folder = root + MODELS;
    TreeSet<String> names = new TreeSet<>();
    zip.stream()
        .map(ZipEntry::getName)
        .filter(name -> name.startsWith(folder) && name.indexOf('/', folder.length()) > 0)
        .forEach(
            name -> names.add(name.substring(folder.length(), name.indexOf('/', folder.length()))));
    return List.copyOf(names);
  }

  /** What AOTInductor says of a model: texts by key. */
  JsonObject metadata(String model) {
    String folder = root + MODELS + model + "/";
    List<String> candidates =
        zip.stream()
            .map(ZipEntry::getName)
            .filter(name -> name.startsWith(folder) && name.endsWith("_metadata.json"))
            .sorted((a, b) -> Boolean.compare(b.contains(".wrapper_"), a.contains(".wrapper_")))
            .toList();
    if (candidates.isEmpty()) {
      throw damaged("it has no metadata of the model '%s'".formatted(model), null);
    }
    return json(candidates.getFirst());
  }

  /** The file that says what inputs are, if it has one. */
  Optional<JsonObject> spec() {
    String name = root + SPEC;
    return zip.getEntry(name) == null ? Optional.empty() : Optional.of(json(name));
  }

  private JsonObject json(String name) {
    ZipEntry entry = zip.getEntry(name);
    try (InputStream in = zip.getInputStream(entry)) {
      byte[] bytes = in.readNBytes(MOST_JSON_BYTES);
      JsonElement json = JsonParser.parseString(new String(bytes, StandardCharsets.UTF_8));
      if (!json.isJsonObject()) {
        throw damaged(name + " is not an object", null);
      }
      return json.getAsJsonObject();
    } catch (IOException | JsonParseException e) {
      throw damaged("%s can't be read: %s".formatted(name, e.getMessage()), e);
    }
  }

  /** What is wrong with the file. */
  ModelLoadException damaged(String what, @Nullable Exception cause) {
    String message = "%s is a damaged package: %s".formatted(file, what);
    return cause == null
        ? new ModelLoadException(message)
        : new ModelLoadException(message, "", cause);
  }

  @Override
  public void close() {
    try {
      zip.close();
    } catch (IOException e) {
      // It was only read.
    }
  }
}
