package io.github.narthex.strategy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The cache of what was found to be the fastest. */
class DecisionsTest {
  @TempDir Path directory;

  @Test
  void whatWasWrittenIsRead() {
    Decisions decisions = new Decisions(directory.resolve("not/there/yet"));
    assertEquals(Optional.empty(), decisions.read());
    Recipe recipe = Recipe.parse("onednn-graph+channels-last");
    decisions.write(recipe);
    assertEquals(Optional.of(recipe), decisions.read());
  }

  @Test
  void whatIsNoRecipeIsIgnored() throws IOException {
    Path file = directory.resolve("file");
    Files.writeString(file, "something-of-a-later-version\n");
    assertEquals(Optional.empty(), new Decisions(file).read());
  }

  @Test
  void aCacheThatCannotBeWrittenIsNone() throws IOException {
    Path file = Files.createFile(directory.resolve("a-file"));
    Decisions decisions = new Decisions(file.resolve("below"));
    decisions.write(Recipe.EAGER);
    assertTrue(decisions.read().isEmpty());
  }
}
