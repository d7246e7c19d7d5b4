package io.github.narthex.report.html;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;

/** A page that is one file: style and script are inside, and a browser loads nothing else. */
public final class Page {
  private static final String STYLE = "page.css";
  private static final String SCRIPT = "page.js";

  private Page() {}

  /** The document. */
  public static String of(String title, List<Element> content) {
    String script = resource(SCRIPT);
    Element head =
        Element.of("head")
            .add(
                Element.of("meta").with("charset", "utf-8"),
                Element.of("meta")
                    .with("http-equiv", "Content-Security-Policy")
                    .with("content", policy(script)),
                Element.of("meta")
                    .with("name", "viewport")
                    .with("content", "width=device-width, initial-scale=1"),
                Element.of("meta").with("name", "color-scheme").with("content", "light dark"),
                Element.of("title", title),
                Element.of("link").with("rel", "icon").with("href", "data:,"),
                Element.of("style").raw(resource(STYLE)));
    Element body =
        Element.of("body").add(Element.of("main").add(content), Element.of("script").raw(script));
    return "<!DOCTYPE html>\n" + Element.of("html").with("lang", "en").add(head, body) + "\n";
  }

  /** Nothing is loaded, and no other script runs, not even one that slipped into the page. */
  private static String policy(String script) {
    return "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-%s'"
        .formatted(Base64.getEncoder().encodeToString(sha256(script)));
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String resource(String name) {
    try (InputStream in = Page.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the classes lack " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
