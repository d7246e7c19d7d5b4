package io.github.narthex.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.narthex.Fixtures;
import io.github.narthex.ModelLoadException;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TorchScriptArchiveTest {
  @Test
  void readsWhatTheArchiveSays() {
    assertEquals(
        new TorchScriptArchive("mlp", 3, Optional.of("little"), "torch 2.1 or later", 1268, 848),
        TorchScriptArchive.read(Fixtures.path("models/mlp.pt")));
    assertEquals(99, TorchScriptArchive.read(Fixtures.path("formats/version99.pt")).version());
  }

  @Test
  void countsTheConstantsOfAFrozenModel() {
    assertEquals(848, TorchScriptArchive.read(Fixtures.path("models/mlp-frozen.pt")).tensorBytes());
  }

  @Test
  void refusesWhatIsNoZip() {
    assertThrows(
        ModelLoadException.class,
        () -> TorchScriptArchive.read(Fixtures.path("formats/truncated.pt")));
  }
}
