package io.github.narthex.doctor;

import java.util.ArrayList;
import java.util.List;

/** The JVM: its version, its flags, and whether it lets native code be called. */
record JavaChecks(JavaFacts java) {
  /** From here on a JVM without any grant warns, and refuses only if it is told to. */
  private static final int FIRST_TO_WARN_ALWAYS = 24;

  private static final int FLAG_LENGTH = 60;

  Section section() {
    return new Checklist("Java")
        .add("version", () -> Finding.ok(java.name()))
        .add("native access", this::nativeAccess)
        .add("garbage collector", () -> Finding.ok(String.join(", ", java.collectors())))
        .add("flags", this::flags)
        .section();
  }

  private Finding nativeAccess() {
    if (java.nativeAccess()) {
      return Finding.ok("granted");
    }
    String advice =
        "start Java with --enable-native-access="
            + (java.named() ? "io.github.narthex" : "ALL-UNNAMED");
    boolean refused =
        java.feature() < FIRST_TO_WARN_ALWAYS
            ? java.hasFlagThatBegins("--enable-native-access")
            : java.hasFlag("--illegal-native-access=deny");
    return refused
        ? Finding.error("refused", advice)
        : Finding.warning(
            "not granted: Java %d prints a warning, a later one refuses".formatted(java.feature()),
            advice);
  }

  private Finding flags() {
    List<String> advice = new ArrayList<>();
    if (java.hasFlag("-XX:-UseContainerSupport")) {
      advice.add(
          "leave out -XX:-UseContainerSupport: Java then takes the machine's processors and memory"
              + " for the container's");
    }
    if (java.hasFlag("-Xint")) {
      advice.add("leave out -Xint: Java code then runs some 50 times slower");
    }
    if (java.hasFlagThatBegins("-Xcheck:jni")) {
      advice.add("leave out -Xcheck:jni in production: it checks each native call");
    }
    if (java.hasFlagThatBegins("-agentlib:jdwp") || java.hasFlagThatBegins("-Xrunjdwp")) {
      advice.add("leave out the debugger (jdwp) where time is measured");
    }
    List<String> shown =
        java.flags().stream()
            .filter(flag -> flag.matches("-(X|agent).*") && flag.length() <= FLAG_LENGTH)
            .toList();
    String found = shown.isEmpty() ? "none that matter" : String.join(" ", shown);
    return advice.isEmpty() ? Finding.ok(found) : Finding.warning(found, String.join("; ", advice));
  }
}
