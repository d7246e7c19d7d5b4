package io.github.narthex.check;

import java.util.List;

/** What only the application and its operators can know; each says what is there for it. */
record OperationItems(Subject subject) {
  Group group() {
    return new Group("operation", List.of(errors(), monitoring(), leaks(), load(), origin()));
  }

  private Item errors() {
    return Item.unknown(
        "errors handled",
        "what your code does about them is not in the model",
        "catch NarthexException (OperatorException: this input; DeviceMemoryException: no memory;"
            + " UnsupportedException: this machine), IllegalArgumentException (the caller's"
            + " mistake) and, of a bundle, RejectedExecutionException (busy: answer with 503)");
  }

  private Item monitoring() {
    return Item.unknown(
        "monitored",
        "who looks at it is not in the model",
        "record io.github.narthex.Forward, NativeError and LiveHandles with the Flight Recorder"
            + " (docs/observing.md), and count rejected calls");
  }

  private Item leaks() {
    return Item.unknown(
        "no leaks",
        "they would be in the code around it",
        ("narthex soak %s says whether memory, handles or latency grow; @NoLeaks has your own tests"
                + " fail that leave something alive")
            .formatted(subject.name()));
  }

  private Item load() {
    return Item.unknown(
        "under load",
        "how many requests will come is not known",
        "narthex load %s --slo p99=20ms says how many a second are answered in time"
            .formatted(subject.name()));
  }

  private Item origin() {
    String code =
        subject.compiled().isPresent()
            ? "a package is machine code with all rights of the process"
            : "a model file is code";
    return subject.source().file() == null
        ? Item.met("trusted origin", "part of Narthex")
        : Item.unknown(
            "trusted origin",
            code + ", and who wrote this one can't be known from here",
            "deploy only what you, or somebody you trust, have exported; keep its SHA-256");
  }
}
