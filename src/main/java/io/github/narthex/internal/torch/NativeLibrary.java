package io.github.narthex.internal.torch;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.narthex.NativeLibraryException;
import io.github.narthex.UnsupportedException;
import io.github.narthex.internal.bindings.Narthex;
import io.github.narthex.internal.files.ExtraLibraries;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * Loads the shim, and libtorch with it, when something first needs them. Where they are looked for
 * is {@link LibraryLocator}'s matter; nothing is downloaded.
 */
public final class NativeLibrary {
  private static final String ACCESS_FLAG = "--enable-native-access=ALL-UNNAMED";

  private static volatile boolean oneCommand;

  private NativeLibrary() {}

  /**
   * Says that this process is there for one command: linking begins before it is known whether
   * libtorch is needed, and the process ends without libtorch's teardown.
   */
  public static void forOneCommand() {
    oneCommand = true;
    EarlyLinker.start();
  }

  /** Runs once, by class initialisation; a failure is kept and told to each who asks. */
  private static final class Loaded {
    static final @Nullable Failure FAILURE = attempt();

    private record Failure(String message, String detail) {}

    private static @Nullable Failure attempt() {
      try {
        load();
        return null;
      } catch (NativeLibraryException e) {
        return new Failure(String.valueOf(e.getMessage()), e.detail());
      } catch (RuntimeException
          | LinkageError e) { // an error here would end as NoClassDefFoundError
        return new Failure("the native library can't be loaded: " + e, "");
      }
    }
  }

  /**
   * Makes sure that the shim is loaded.
   *
   * @throws NativeLibraryException if it can't be loaded, or does not fit these classes or the
   *     libtorch that was found
   */
  public static void require() {
    Loaded.Failure failure = Loaded.FAILURE;
    if (failure != null) {
      throw new NativeLibraryException(failure.message(), failure.detail());
    }
  }

  /** The version of libtorch that runs, such as {@code 2.15.0}. */
  public static String libtorchVersion() {
    require();
    return text(Narthex.nx_torch_runtime_version());
  }

  /** Writes what libtorch says of itself as result 0 of the frame. */
  public static void describe(CallFrame frame) {
    Errors.check(Narthex.nx_torch_info(frame.results()));
  }

  /** Gives free memory of the native heap back to the operating system. */
  public static void trimMemory() {
    require();
    Narthex.nx_trim_memory();
  }

  /**
   * Bytes of the C library's heap that are in use, and bytes that it has from the operating system;
   * -1 where it does not say.
   */
  public static long[] heap() {
    require();
    try (Scratch call = Scratch.open()) {
      MemorySegment inUse = call.allocate(JAVA_LONG);
      MemorySegment fromSystem = call.allocate(JAVA_LONG);
      Narthex.nx_native_heap(inUse, fromSystem);
      return new long[] {inUse.get(JAVA_LONG, 0), fromSystem.get(JAVA_LONG, 0)};
    }
  }

  /**
   * The shim's file and what led to it, without loading it: {@code /x/libnarthex.so (build tree)}.
   *
   * @throws NativeLibraryException if it is not found
   */
  public static String location() {
    List<String> tried = new ArrayList<>();
    Path library = find(tried);
    return "%s (%s)".formatted(library, tried.getLast().replaceFirst(":.*", ""));
  }

  /**
   * The version of the shim's interface that these classes are made for, and that it has.
   *
   * @throws NativeLibraryException if it can't be loaded
   */
  public static int interfaceVersion() {
    require();
    return Narthex.NX_ABI_VERSION();
  }

  private static Path find(List<String> tried) {
    Path library = LibraryLocator.find(tried);
    if (library == null) {
      throw new NativeLibraryException(
          "libnarthex.so was not found: add the dependency io.github.narthex:narthex with"
              + " classifier linux-x86_64, build it (bin/narthex or mvn package does), or name it"
              + " with -Dnarthex.library=FILE",
          report(tried));
    }
    return library;
  }

  private static String report(List<String> tried) {
    return "tried, in this order:\n  " + String.join("\n  ", tried);
  }

  private static void loadOthers() {
    for (String path : ExtraLibraries.paths()) {
      try (Scratch call = Scratch.open()) {
        Errors.check(Narthex.nx_library_load(call.allocateFrom(path)));
      } catch (UnsupportedException e) {
        throw new NativeLibraryException(String.valueOf(e.getMessage()), e.detail(), e);
      }
    }
  }

  private static void load() {
    List<String> tried = new ArrayList<>();
    Path library = find(tried);
    String report = report(tried);
    EarlyLinker.awaitFirst();
    try {
      for (Path dependency : libtorch(library)) {
        System.load(dependency.toString());
      }
      System.load(library.toString());
    } catch (IllegalCallerException e) {
      throw new NativeLibraryException(
          "Java refuses native access: start it with "
              + ACCESS_FLAG
              + " (on the module path: --enable-native-access=io.github.narthex)",
          report,
          e);
    } catch (UnsatisfiedLinkError e) {
      throw new NativeLibraryException(
          library + " can't be loaded: " + e.getMessage() + " (is its libtorch still there?)",
          report,
          e);
    }
    check(library);
    Narthex.nx_devices_load();
    loadOthers();
    if (oneCommand) {
      Narthex.nx_skip_teardown();
    }
    FlightEvents.announce();
  }

  /**
   * The libraries to load first: none where the shim's own search path still leads to libtorch,
   * else those of the libtorch that is named.
   */
  private static List<Path> libtorch(Path library) {
    String home = System.getProperty("narthex.libtorch.home");
    Path directory = home == null ? builtWith(library) : Path.of(home, "lib");
    if (directory == null || (home == null && !Files.exists(directory))) {
      return List.of();
    }
    return List.of(
        directory.resolve("libc10.so").toAbsolutePath(),
        directory.resolve("libtorch_cpu.so").toAbsolutePath());
  }

  private static @Nullable Path builtWith(Path library) {
    Path properties = library.resolveSibling("narthex-native.properties");
    if (!Files.exists(properties)) {
      return null;
    }
    Properties read = new Properties();
    try (var reader = Files.newBufferedReader(properties)) {
      read.load(reader);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String directory = read.getProperty("libtorch.lib");
    return directory == null ? null : Path.of(directory);
  }

  private static void check(Path library) {
    int abi = Narthex.nx_abi_version();
    if (abi != Narthex.NX_ABI_VERSION()) {
      throw new NativeLibraryException(
          "%s has interface version %d, these classes need %d: build both from one source"
              .formatted(library, abi, Narthex.NX_ABI_VERSION()));
    }
    String built = Narthex.nx_torch_version().getString(0);
    String runs = text(Narthex.nx_torch_runtime_version());
    if (!built.equals(runs)) {
      throw new NativeLibraryException(
          "%s was built with libtorch %s, but libtorch %s is loaded: build it with that one"
              .formatted(library, built, runs));
    }
  }

  private static String text(int packed) {
    return (packed >> 16 & 0xff) + "." + (packed >> 8 & 0xff) + "." + (packed & 0xff);
  }
}
