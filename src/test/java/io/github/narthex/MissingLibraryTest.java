package io.github.narthex;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MissingLibraryTest {
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "Unknown type name '__torch__.torch.classes.my.Thing':, class my.Thing",
        "\"Couldn't resolve type '__torch__.torch.classes.my.Thing', did you forget\","
            + " class my.Thing",
        "Unknown builtin op: mine::twice., operator mine::twice",
        "Could not find schema for mine::twice.out, operator mine::twice.out",
      })
  void saysWhatToLoad(String message, String missing) {
    assertEquals(
        "libtorch has no %s: load the library that brings it (Devices.loadLibrary, or --library FILE)"
            .formatted(missing),
        reason(message));
  }

  @ParameterizedTest
  @CsvSource({
    "Unknown builtin op: torchvision::nms., ', which is in torchvision''s wheel ('",
    "Could not find schema for tensorrt::execute_engine, ', libtorchtrt_runtime.so of Torch-Te'",
  })
  void namesLibrariesThatAreKnown(String message, String hint) {
    String reason = reason(message);
    assertEquals(
        hint, reason.substring(reason.indexOf(", "), reason.indexOf(", ") + hint.length()));
  }

  /** Libtorch's own operators come with a newer libtorch, and others with nothing. */
  @ParameterizedTest
  @CsvSource({
    "Unknown builtin op: aten::brand_new.",
    "Unknown builtin op: prim::brand_new.",
    "Unknown type name 'Thing':",
    "bad magic"
  })
  void leavesOtherReasonsAsTheyAre(String message) {
    assertEquals(message, reason(message));
  }

  private static String reason(String message) {
    return MissingLibrary.reason(new ModelLoadException(message));
  }
}
