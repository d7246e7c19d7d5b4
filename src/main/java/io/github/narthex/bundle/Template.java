package io.github.narthex.bundle;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Configurations for usual patterns of deployment, to be edited. */
public enum Template {
  /** A person waits for each answer. */
  LATENCY("each answer as soon as possible: all cores work on one call"),
  /** The number of answers counts. */
  THROUGHPUT("as many answers as possible: a call on each core, requests joined"),
  /** Little memory, few cores. */
  EDGE("a small machine: 1 GB of memory, few cores, another processor than the one measured on"),
  /** Many models side by side. */
  MANY_MODELS("many models on one machine: each small, on one thread, and rejecting early"),
  /** A process for each GPU. */
  SEVERAL_GPUS("several GPUs: a process and a bundle for each, requests joined to large batches");

  private final String summary;

  Template(String summary) {
    this.summary = summary;
  }

  /** The template of that name, for example {@code many-models}. */
  public static Optional<Template> named(String name) {
    return Arrays.stream(values()).filter(template -> template.toString().equals(name)).findFirst();
  }

  /** What it is for, in one line. */
  public String summary() {
    return summary;
  }

  /** Its YAML, with comments. */
  public String text() {
    try (InputStream in = Template.class.getResourceAsStream("templates/" + this + ".yaml")) {
      if (in == null) {
        throw new IllegalStateException("the jar lacks the template " + this);
      }
      return new String(in.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What it sets. */
  public Configuration configuration() {
    return SpecReader.configuration(YamlFile.parse(Path.of(this + ".yaml"), text()));
  }

  /** The name, for example {@code many-models}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
