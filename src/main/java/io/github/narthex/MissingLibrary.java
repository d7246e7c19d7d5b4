package io.github.narthex;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Models that need operators or classes which libtorch gets from a library of somebody else's. */
final class MissingLibrary {
  /** How libtorch says it, of TorchScript and of packages. Its own operators are never missing. */
  private static final Pattern SAID =
      Pattern.compile(
          "(?:Unknown type name|Couldn't resolve type) '__torch__\\.torch\\.classes\\."
              + "(?<class>[\\w.]+)'|(?:Unknown builtin op:|Could not find schema for)"
              + " (?<operator>(?!(?:aten|prim)::)\\w+::[\\w.]*\\w)");

  private MissingLibrary() {}

  /** Why a model can't be loaded: libtorch's words, or which library to load for it. */
  static String reason(ModelLoadException e) {
    String message = String.valueOf(e.getMessage());
    Matcher said = SAID.matcher(message);
    if (!said.find()) {
      return message;
    }
    String name = said.group("class");
    String what = name == null ? "operator " + said.group("operator") : "class " + name;
    return "libtorch has no %s: load the library that brings it%s"
        .formatted(what, origin(what) + " (Devices.loadLibrary, or --library FILE)");
  }

  private static String origin(String what) {
    if (what.contains(" tensorrt")) {
      return ", libtorchtrt_runtime.so of Torch-TensorRT";
    }
    return what.contains(" torchvision") ? ", which is in torchvision's wheel" : "";
  }
}
