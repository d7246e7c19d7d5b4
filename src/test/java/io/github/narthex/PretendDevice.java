package io.github.narthex;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The accelerator of native/test/pretend: two devices of 256 MiB that compute what the CPU does, on
 * streams that are threads, each task after a delay. What is not waited for has not been done.
 */
public final class PretendDevice implements BeforeAllCallback, AfterEachCallback {
  public static final Device DEVICE = new Device(Device.Type.PRIVATEUSEONE, 0);
  static final Device OTHER = new Device(Device.Type.PRIVATEUSEONE, 1);

  /** Long enough for the host to be there first. */
  public static final long LATE = 20_000;

  /** Long enough for the host to ask whether something is done, on a machine that is busy. */
  static final long HELD = 1_000_000;

  /** Kinds of tasks that can be held, to be added up. */
  static final int FROM_HOST = 1;

  static final int TO_HOST = 2;
  static final int BETWEEN_DEVICES = 4;
  static final int COMPUTING = 8;

  /** The library that brings it. */
  public static Path library() {
    return Path.of(System.getProperty("narthex.library")).resolveSibling("libnarthex_pretend.so");
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    assumeTrue(
        Files.exists(library()),
        () -> library() + " is missing: this libtorch has no calls to record work of a device");
    Devices.loadLibrary(library());
  }

  @Override
  public void afterEach(ExtensionContext context) {
    hold(0);
    delay(0);
    fillFreed(-1);
    offerNvtx(false);
    Devices.synchronize(DEVICE);
    Devices.synchronize(OTHER);
  }

  /** How many microseconds each task waits before it begins. */
  public static void delay(long micros) {
    call("pretend_set_delay_micros", FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG), micros);
  }

  /** Holds tasks of these kinds, and what comes after them on their streams; 0 lets them go. */
  static void hold(int kinds) {
    call("pretend_hold", FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT), kinds);
  }

  /** How many tasks are held. */
  static long held() {
    return (long) call("pretend_held", FunctionDescriptor.of(ValueLayout.JAVA_LONG));
  }

  /** How many tasks have run. */
  static long tasks() {
    return (long) call("pretend_tasks", FunctionDescriptor.of(ValueLayout.JAVA_LONG));
  }

  /** Overwrites memory when it is freed. */
  static void fillFreed(int value) {
    call("pretend_fill_freed", FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT), value);
  }

  /** Whether libtorch finds NVTX, which counts its ranges. */
  public static void offerNvtx(boolean offer) {
    call("pretend_offer_nvtx", FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT), offer ? 1 : 0);
  }

  /** How many ranges NVTX was told of. */
  public static long nvtxRanges() {
    return (long) call("pretend_nvtx_ranges", FunctionDescriptor.of(ValueLayout.JAVA_LONG));
  }

  /** How many of them have not ended. */
  public static long openNvtxRanges() {
    return (long) call("pretend_open_nvtx_ranges", FunctionDescriptor.of(ValueLayout.JAVA_LONG));
  }

  private static Object call(String name, FunctionDescriptor type, Object... arguments) {
    try {
      MethodHandle function =
          Linker.nativeLinker()
              .downcallHandle(
                  SymbolLookup.libraryLookup(library(), Arena.global()).find(name).orElseThrow(),
                  type);
      return function.invokeWithArguments(arguments);
    } catch (Throwable e) {
      throw new AssertionError(name, e);
    }
  }
}
