package io.github.narthex;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * TorchScript source does not compile. The message says in which line, {@link #detail} shows the
 * place in it.
 */
public final class ScriptException extends NarthexException {
  private static final long serialVersionUID = 1L;

  private static final Pattern PLACE = Pattern.compile("File \"<string>\", line (\\d{1,9})");
  private static final Pattern ADDRESS =
      Pattern.compile(" \\(of Python compilation unit at: 0x\\p{XDigit}+\\)");
  private static final Pattern END = Pattern.compile("( here)?[.:\\s]*$");
  private static final Pattern SYMBOL = Pattern.compile("^expected (\\W+?) but found ");

  /** Tokens without text of their own: libtorch finds them where the next line with text begins. */
  private static final Pattern LINE_END =
      Pattern.compile(" but found '(newline|indent|dedent)' here");

  private static final int SHORT_LINE = 60;

  /** An exception with a message of one line, the whole story, and what caused it. */
  public ScriptException(String message, String detail, @Nullable Throwable cause) {
    super(message, detail, cause);
  }

  /** Says libtorch's reason in one line, with the place in the source. */
  static ScriptException of(NarthexException cause, String source) {
    String said = String.valueOf(cause.getMessage());
    String reason = END.matcher(ADDRESS.matcher(said).replaceAll("")).replaceFirst("");
    reason = SYMBOL.matcher(reason).replaceFirst("expected '$1' but found ");
    List<String> lines = source.lines().toList();
    int number = lineNumber(cause.detail(), lines, LINE_END.matcher(said).find());
    String place = "";
    String text = "";
    if (number > 0) {
      place = "line " + number + ": ";
      String line = lines.get(number - 1).strip();
      text = line.length() > SHORT_LINE ? "" : ", in: " + line;
    }
    return new ScriptException(
        "the source does not compile: " + place + reason + text, cause.detail(), cause);
  }

  /** Counted from 1; 0 where the detail names no line of the source. */
  private static int lineNumber(String detail, List<String> lines, boolean isLineEnd) {
    Matcher place = PLACE.matcher(detail);
    int number = place.find() ? Integer.parseInt(place.group(1)) : 0;
    if (isLineEnd && number > 0) {
      number = Math.min(number - 1, lines.size());
      while (number > 0 && lines.get(number - 1).isBlank()) {
        number--;
      }
    }
    return number <= lines.size() ? number : 0;
  }
}
