package io.github.narthex.bundle;

import io.github.narthex.ModelLoadException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.parser.Parser;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/**
 * A YAML 1.2 file as a tree whose nodes know where they stand. No object is made of it but text.
 *
 * @param path as it was named, for messages
 * @param root its only document; empty if the file is
 */
record YamlFile(Path path, Optional<Node> root) {
  /** A configuration is a page; what is larger is something else. */
  private static final long MAX_BYTES = 1 << 20;

  /**
   * Reads a file.
   *
   * @throws ModelLoadException if there is none, or it can't be read
   * @throws ConfigurationException if it is no YAML
   */
  static YamlFile read(Path path) {
    try {
      if (Files.size(path) > MAX_BYTES) {
        throw new ConfigurationException(
            path, 0, 0, "is too large for a configuration: more than a megabyte");
      }
      return parse(path, Files.readString(path));
    } catch (NoSuchFileException e) {
      throw new ModelLoadException("there is no file " + path, "", e);
    } catch (CharacterCodingException e) {
      throw new ConfigurationException(path, 0, 0, "is not text in UTF-8");
    } catch (IOException e) {
      throw new ModelLoadException("can't read " + path + ": " + e.getMessage(), "", e);
    }
  }

  /** The same of a text. */
  static YamlFile parse(Path path, String text) {
    requirePrintable(path, text);
    try {
      LoadSettings settings = LoadSettings.builder().setAllowNonScalarKeys(true).build();
      Parser parser = new ParserImpl(settings, new StreamReader(settings, text));
      return new YamlFile(path, new Composer(settings, parser).getSingleNode());
    } catch (MarkedYamlEngineException e) {
      Mark mark = e.getProblemMark().or(e::getContextMark).orElse(null);
      throw new ConfigurationException(
          path, line(mark), column(mark), "is no YAML: " + e.getProblem());
    } catch (YamlEngineException e) {
      throw new ConfigurationException(path, 0, 0, "is no YAML: " + e.getMessage());
    } catch (StackOverflowError e) {
      throw new ConfigurationException(path, 0, 0, "nests too deeply for a configuration");
    }
  }

  /** The parser says of other characters no more than at which offset they are. */
  private static void requirePrintable(Path path, String text) {
    int line = 1;
    int column = 1;
    for (int i = 0; i < text.length(); ) {
      int character = text.codePointAt(i);
      if (!StreamReader.isPrintable(character)) {
        throw new ConfigurationException(
            path, line, column, "is no YAML: the character U+%04X is none".formatted(character));
      }
      column = character == '\n' ? 1 : column + 1;
      line += character == '\n' ? 1 : 0;
      i += Character.charCount(character);
    }
  }

  ConfigurationException error(Node at, String problem) {
    Mark mark = at.getStartMark().orElse(null);
    return new ConfigurationException(path, line(mark), column(mark), problem);
  }

  static int line(@Nullable Mark mark) {
    return mark == null ? 0 : mark.getLine() + 1;
  }

  static int column(@Nullable Mark mark) {
    return mark == null ? 0 : mark.getColumn() + 1;
  }
}
