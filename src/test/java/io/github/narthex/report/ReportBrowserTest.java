package io.github.narthex.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.narthex.Fixtures;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a reader sees of the pages, by a real browser; skipped where there is none. */
class ReportBrowserTest {
  private static final Pattern SEEN = Pattern.compile("SEEN:([A-Za-z0-9+/=]*);");
  private static final int PHONE = 360;
  private static final int DESKTOP = 1280;

  /** What margins leave of A4. */
  private static final int PAPER = 686;

  private @TempDir Path directory;
  private Browser browser;

  @BeforeEach
  void findBrowser() {
    Optional<Path> program = Browser.find();
    assumeTrue(program.isPresent(), "there is no chromium, chromium-browser or google-chrome");
    browser = new Browser(program.orElseThrow(), directory);
  }

  /** Windows can't be as small as a phone; frames in a page can. */
  private List<JsonObject> look(Map<String, String> pages, String... options)
      throws IOException, InterruptedException {
    return look(pages, List.of(PHONE, DESKTOP), options);
  }

  private List<JsonObject> look(Map<String, String> pages, List<Integer> widths, String... options)
      throws IOException, InterruptedException {
    String measure = Files.readString(Fixtures.path("report/measure.js"));
    StringBuilder frames = new StringBuilder();
    for (Map.Entry<String, String> page : pages.entrySet()) {
      // The page's own policy would keep the test's script out.
      String copy =
          page.getValue()
              .replaceFirst("<meta http-equiv=\"Content-Security-Policy\"[^>]*>", "")
              .replace("</body>", "<script>" + measure + "</script></body>");
      Files.writeString(directory.resolve(page.getKey() + ".html"), copy);
      for (int width : widths) {
        frames.append(
            "<iframe src='%s.html' style='border:0;width:%dpx;height:900px'></iframe>"
                .formatted(page.getKey(), width));
      }
    }
    Path around = directory.resolve("around.html");
    Files.writeString(
        around,
        """
        <!DOCTYPE html><meta name="color-scheme" content="light dark"><script>
        onmessage = (event) => {
          const bytes = new TextEncoder().encode(JSON.stringify(event.data));
          document.body.append("SEEN:" + btoa(String.fromCharCode(...bytes)) + ";");
        };
        </script><body>%s</body>
        """
            .formatted(frames));
    List<JsonObject> seen = new ArrayList<>();
    Matcher matcher = SEEN.matcher(browser.dom(around, options));
    while (matcher.find()) {
      byte[] json = Base64.getDecoder().decode(matcher.group(1));
      seen.add(JsonParser.parseString(new String(json, StandardCharsets.UTF_8)).getAsJsonObject());
    }
    assertEquals(widths.size() * pages.size(), seen.size(), "not all pages were loaded");
    return seen;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void everyPageCanBeRead(boolean isDark) throws IOException, InterruptedException {
    String[] options = isDark ? new String[] {"--force-dark-mode"} : new String[0];
    for (JsonObject seen : look(ReportPages.all(), options)) {
      String where = seen.get("page").getAsString() + " at " + seen.get("width");
      assertEquals(isDark, seen.get("dark").getAsBoolean(), where);
      assertTrue(seen.get("overflow").getAsInt() <= 0, where + " scrolls sideways");
      for (String fault : List.of("outside", "overlapping", "faint", "requests")) {
        assertEquals(new JsonArray(), seen.get(fault), where + ": " + fault);
      }
      assertTrue(seen.get("leastContrast").getAsDouble() >= 4.5, where);
      assertEquals(0, seen.get("foreign").getAsInt(), where);
      // The page's, and the test's.
      assertEquals(2, seen.get("scripts").getAsInt(), where);
    }
  }

  @Test
  void tablesAndCharts() throws IOException, InterruptedException {
    Map<String, String> pages = ReportPages.all();
    for (JsonObject seen : look(pages)) {
      switch (seen.get("page").getAsString()) {
        case "bench.html" -> assertContent(seen, 6, 5);
        case "sweep.html" -> assertContent(seen, 6, 5);
        case "optimize.html", "hostile.html" -> assertContent(seen, 16, 7);
        case "large.html" -> assertContent(seen, 60, 6);
        case "nothing.html" -> assertContent(seen, 1, 0);
        default -> throw new AssertionError(seen);
      }
    }
  }

  private static void assertContent(JsonObject seen, int rows, int charts) {
    assertEquals(rows, seen.get("rows").getAsInt(), seen.toString());
    assertEquals(charts, seen.get("charts").getAsInt(), seen.toString());
  }

  @Test
  void sorting() throws IOException, InterruptedException {
    String page = OptimizeHtml.of(OptimizeExamples.result());
    JsonObject seen = look(Map.of("optimize", page)).getFirst();
    assertEquals("descending", seen.get("sortedBy").getAsString());
    JsonArray sorted = seen.getAsJsonArray("sorted");
    assertOrder(sorted.get(0), Comparator.naturalOrder());
    assertOrder(sorted.get(1), Comparator.reverseOrder());
  }

  /** Rows without a figure are last in either direction. */
  private static void assertOrder(JsonElement cells, Comparator<Double> order) {
    List<Double> figures = new ArrayList<>();
    List<String> texts = new ArrayList<>();
    cells.getAsJsonArray().forEach(cell -> texts.add(cell.getAsString()));
    assertEquals(16, texts.size());
    assertEquals(List.of("", "", ""), texts.subList(13, 16));
    texts.subList(0, 13).forEach(text -> figures.add(Double.valueOf(text)));
    assertEquals(figures.stream().sorted(order).toList(), figures);
  }

  /**
   * The page as it is: its own script runs under its policy, and what came from outside does not.
   */
  @Test
  void policy() throws IOException, InterruptedException {
    Path page = directory.resolve("page.html");
    String hostile = ReportPages.HOSTILE;
    Files.writeString(page, OptimizeHtml.of(OptimizeExamples.result(hostile, hostile)));
    String dom = browser.dom(page);
    assertTrue(dom.contains("<button type=\"button\">"), "the page's script did not run");
    assertFalse(dom.contains("<title>x</title>"), dom);
    assertFalse(dom.contains("<img"), dom);
    // Were a script to get in in spite of that, it would not run.
    Files.writeString(
        page,
        BenchHtml.of(Examples.result())
            .replace("</main>", "</main><script>document.title = 'x'</script>"));
    assertFalse(browser.dom(page).contains("<title>x</title>"));
  }

  /** What does not fit on paper is lost: there is no scrolling. */
  @Test
  void paperIsWideEnough() throws IOException, InterruptedException {
    Map<String, String> pages = new LinkedHashMap<>();
    ReportPages.all()
        .forEach((name, page) -> pages.put(name, page.replace("@media print", "@media all")));
    for (JsonObject seen : look(pages, List.of(PAPER))) {
      String where = seen.get("page").getAsString();
      assertTrue(seen.get("overflow").getAsInt() <= 0, where + " is wider than paper");
      assertEquals(new JsonArray(), seen.get("outside"), where);
      assertEquals(new JsonArray(), seen.get("overlapping"), where);
    }
  }

  @Test
  void print() throws IOException, InterruptedException {
    Path page = directory.resolve("page.html");
    Files.writeString(page, OptimizeHtml.of(OptimizeExamples.result()));
    Path pdf = directory.resolve("page.pdf");
    browser.print(page, pdf);
    byte[] bytes = Files.readAllBytes(pdf);
    assertEquals("%PDF-", new String(bytes, 0, 5, StandardCharsets.US_ASCII));
    assertTrue(bytes.length > 10_000, bytes.length + " bytes");
  }
}
