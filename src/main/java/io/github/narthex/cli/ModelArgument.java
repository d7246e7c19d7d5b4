package io.github.narthex.cli;

import io.github.narthex.ModelFormat;
import io.github.narthex.ModelLoadException;
import io.github.narthex.UnsupportedException;
import io.github.narthex.bundle.BundleDirectory;
import io.github.narthex.internal.text.Suggestion;
import io.github.narthex.models.Builtin;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The MODEL of a command line. */
final class ModelArgument {
  private static final List<String> BUILTINS = Builtin.ids();

  private static final String INSPECTABLE =
      "TorchScript, npy, npz, safetensors or a file of torch.save";

  private ModelArgument() {}

  /** Whether the text names a built-in. A file of that name is meant by {@code ./resnet50}. */
  static boolean isBuiltin(String text) {
    return BUILTINS.contains(text);
  }

  /**
   * Whether the text names a file of tensors.
   *
   * @throws ModelLoadException if there is no such file
   */
  static boolean isTensors(String text) {
    return !isBuiltin(text) && ModelFormat.detect(file(text)).isTensors();
  }

  /**
   * The text, if it names a built-in, or a file or bundle that could be run. Loads no libtorch.
   *
   * @throws ModelLoadException if there is no such file, or it is of a format that can't be run
   * @throws io.github.narthex.bundle.ConfigurationException if a bundle's configuration is bad
   */
  static String checked(String text) {
    if (isBuiltin(text)) {
      return text;
    }
    Path file = file(text);
    ModelFormat format = ModelFormat.detect(file);
    if (format == ModelFormat.BUNDLE) {
      var _ = BundleDirectory.read(file);
      return text;
    }
    if (!format.isRunnable()) {
      throw new ModelLoadException(text + " is " + format.advice());
    }
    return text;
  }

  /**
   * A model to which recipes can be applied.
   *
   * @throws UnsupportedException if it is compiled code; also as {@link #checked}
   */
  static String changeable(String text) {
    refusePackage(text);
    return checked(text);
  }

  /**
   * Refuses what can't be changed.
   *
   * @throws UnsupportedException if it is compiled code, or a bundle with some
   */
  static void refusePackage(String text) {
    packageFile(text)
        .ifPresent(
            file -> {
              throw new UnsupportedException(file + " is " + ModelFormat.AOT_INDUCTOR.advice());
            });
  }

  /** Whether it is an AOTInductor package, or a bundle with one. */
  static boolean isPackage(String text) {
    return packageFile(text).isPresent();
  }

  /**
   * The AOTInductor package that the text names, itself or by a bundle, which tells of itself
   * without being loaded; empty if it names something else.
   */
  static Optional<Path> packageFile(String text) {
    if (isBuiltin(text)) {
      return Optional.empty();
    }
    Path named = Path.of(text);
    Path file = BundleDirectory.isBundle(named) ? BundleDirectory.read(named).modelFile() : named;
    return Files.isRegularFile(file) && ModelFormat.detect(file) == ModelFormat.AOT_INDUCTOR
        ? Optional.of(file)
        : Optional.empty();
  }

  /**
   * As {@link #checked}, for a command that takes files of tensors too: a file that is of neither
   * kind is told so.
   */
  static String inspectable(String text) {
    if (!isBuiltin(text)) {
      switch (ModelFormat.detect(file(text))) {
        case UNKNOWN ->
            throw new ModelLoadException(
                text + " is of a format that is not known here; expected " + INSPECTABLE);
        case DIRECTORY ->
            throw new ModelLoadException(
                text + " is a directory, where a file was expected: " + INSPECTABLE);
        default -> {}
      }
    }
    return checked(text);
  }

  /**
   * The file that the text names.
   *
   * @throws ModelLoadException if there is none
   */
  static Path file(String text) {
    Path file;
    try {
      file = Path.of(text);
    } catch (InvalidPathException e) {
      throw new ModelLoadException("bad file name: " + e.getMessage());
    }
    if (!Files.exists(file)) {
      throw new ModelLoadException(
          "no such model: '%s' is neither a file nor a built-in (%s)%s"
              .formatted(text, String.join(", ", BUILTINS), Suggestion.among(BUILTINS, text)));
    }
    if (!Files.isReadable(file)) {
      throw new ModelLoadException(text + " can't be read: permission denied");
    }
    return file;
  }
}
