package io.github.narthex.export;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A line that the script says on standard error. */
sealed interface ExportLine {
  Pattern STAGE = Pattern.compile("narthex-export: stage ([0-9]{1,3})/([0-9]{1,3}) [a-z]+ (.*)");
  Pattern ERROR = Pattern.compile("narthex-export: error ([a-z]+) ?(.*)");

  /** A stage begins; stages count from 1. */
  record Stage(int number, int of, String what) implements ExportLine {}

  /** It ends so. */
  record Failed(String kind, String message) implements ExportLine {}

  /** Something that torch or the model says. */
  record Other(String text) implements ExportLine {}

  static ExportLine parse(String line) {
    Matcher stage = STAGE.matcher(line);
    if (stage.matches()) {
      return new Stage(
          Integer.parseInt(stage.group(1)), Integer.parseInt(stage.group(2)), stage.group(3));
    }
    Matcher error = ERROR.matcher(line);
    return error.matches() ? new Failed(error.group(1), error.group(2)) : new Other(line);
  }
}
