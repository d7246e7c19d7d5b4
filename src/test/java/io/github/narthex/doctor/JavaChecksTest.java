package io.github.narthex.doctor;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JavaChecksTest extends WithFakeMachine {
  private Section section() {
    return new JavaChecks(machine.java()).section();
  }

  @Test
  void allIsWell() {
    machine.flag("-Xmx1g").flag("-Dsecret=1").flag("--enable-native-access=ALL-UNNAMED");

    Findings.assertOk(section(), "version", "Some VM 25 (Somebody)");
    Findings.assertOk(section(), "native access", "granted");
    Findings.assertOk(section(), "garbage collector", "Copy, MarkSweepCompact");
    Findings.assertOk(section(), "flags", "-Xmx1g");
  }

  @Test
  void noFlags() {
    Findings.assertOk(section(), "flags", "none that matter");
  }

  @Test
  void nativeAccessThatIsOnlyWarnedOf() {
    machine.withoutNativeAccess();

    Findings.assertWarning(
        section(),
        "native access",
        "not granted: Java 25 prints a warning, a later one refuses",
        "start Java with --enable-native-access=ALL-UNNAMED");
  }

  @Test
  void nativeAccessOfAModule() {
    machine.withoutNativeAccess().onTheModulePath();

    Findings.assertWarning(
        section(),
        "native access",
        "not granted: Java 25 prints a warning, a later one refuses",
        "start Java with --enable-native-access=io.github.narthex");
  }

  @ParameterizedTest
  @CsvSource({"25,--illegal-native-access=deny", "22,--enable-native-access=other.module"})
  void nativeAccessThatIsRefused(int feature, String flag) {
    machine.withoutNativeAccess().feature(feature).flag(flag);

    Findings.assertError(
        section(),
        "native access",
        "refused",
        "start Java with --enable-native-access=ALL-UNNAMED");
  }

  @ParameterizedTest
  @CsvSource({
    "-XX:-UseContainerSupport,leave out -XX:-UseContainerSupport",
    "-Xint,leave out -Xint",
    "-Xcheck:jni,leave out -Xcheck:jni",
    "-agentlib:jdwp=transport=dt_socket,leave out the debugger"
  })
  void flagsThatCostTime(String flag, String advice) {
    machine.flag(flag);

    Findings.assertWarning(section(), "flags", flag, advice);
  }

  @Test
  void thisJvm() {
    JavaFacts here = JavaFacts.ofThisProcess();

    assertTrue(here.feature() >= 22, here.toString());
    assertTrue(here.nativeAccess(), "the tests run with it");
    assertTrue(here.hasFlag("--enable-native-access=ALL-UNNAMED"), here.toString());
  }
}
