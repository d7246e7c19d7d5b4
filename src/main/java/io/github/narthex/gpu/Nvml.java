package io.github.narthex.gpu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.github.narthex.gpu.Gpus.Unavailable;
import io.github.narthex.gpu.Gpus.Unavailable.Cause;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * NVIDIA's management library, whose functions all return a code. The driver brings it. Where it
 * can't be used, every function is one that it lacks. Threads may call it at the same time.
 *
 * <p>Names, signatures and codes are those of the NVML API reference
 * (https://docs.nvidia.com/deploy/nvml-api) and of its {@code nvml.h}, 13.3; NVIDIA keeps what is
 * once in it.
 */
final class Nvml {
  static final int SUCCESS = 0;

  private static final int FUNCTION_NOT_FOUND = 13;
  private static final String PROPERTY = "narthex.nvml";
  private static final String START = "nvmlInit_v2";
  private static final long LONGEST_MEANING = 1024;

  /** The longest of the buffers that the reference names, NVML_DEVICE_NAME_V2_BUFFER_SIZE. */
  private static final int TEXT_BYTES = 96;

  private final SymbolLookup symbols;
  private final Optional<Unavailable> unavailable;
  private final Map<String, Optional<MethodHandle>> functions = new ConcurrentHashMap<>();

  private Nvml(SymbolLookup symbols) {
    this.symbols = symbols;
    this.unavailable = Optional.empty();
  }

  private Nvml(Cause cause, String reason) {
    this.symbols = name -> Optional.empty();
    this.unavailable = Optional.of(new Unavailable(cause, reason));
  }

  private static final class OfThisProcess {
    static final Nvml NVML = open(System.getProperty(PROPERTY, "libnvidia-ml.so.1"));
  }

  /** Opened and started by the first call, for as long as the process lives. */
  static Nvml ofThisProcess() {
    return OfThisProcess.NVML;
  }

  /** A library by its name or file; it stays open. */
  static Nvml open(String library) {
    Nvml nvml;
    try {
      nvml = new Nvml(SymbolLookup.libraryLookup(library, Arena.global()));
    } catch (IllegalCallerException e) {
      return new Nvml(
          Cause.NO_ACCESS,
          "Java refuses native access: start it with --enable-native-access=ALL-UNNAMED"
              + " (on the module path: --enable-native-access=io.github.narthex)");
    } catch (IllegalArgumentException e) {
      return new Nvml(
          Cause.NOT_FOUND,
          "%s can't be opened; NVIDIA's driver brings it, and -D%s=FILE names another"
              .formatted(library, PROPERTY));
    }
    if (nvml.symbols.find(START).isEmpty()) {
      return new Nvml(Cause.FOREIGN, "%s is no NVML: it has no %s".formatted(library, START));
    }
    int code = nvml.call(START);
    return code == SUCCESS
        ? nvml
        : new Nvml(Cause.FAILED, "%s can't be started: %s".formatted(library, nvml.meaning(code)));
  }

  /** Why nothing can be asked; empty if it can. */
  Optional<Unavailable> unavailable() {
    return unavailable;
  }

  /**
   * Calls a function.
   *
   * @param arguments {@code Integer}s and {@code MemorySegment}s
   * @return its code; that of a function not found if this driver's library lacks it
   */
  int call(String function, Object... arguments) {
    Optional<MethodHandle> handle =
        functions.computeIfAbsent(
            function,
            name ->
                find(
                    name,
                    FunctionDescriptor.of(
                        JAVA_INT,
                        Stream.of(arguments).map(Nvml::layout).toArray(MemoryLayout[]::new))));
    return handle.isPresent() ? (int) invoke(handle.get(), arguments) : FUNCTION_NOT_FOUND;
  }

  /**
   * Calls a function that has to work.
   *
   * @throws NvmlException if it does not
   */
  void check(String function, Object... arguments) throws NvmlException {
    int code = call(function, arguments);
    if (code != SUCCESS) {
      throw new NvmlException(meaning(code));
    }
  }

  /** Of a function that writes a text; its last arguments are a buffer and the buffer's size. */
  Optional<String> text(String function, Object... selectors) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(TEXT_BYTES);
      List<Object> arguments = new ArrayList<>(List.of(selectors));
      arguments.add(out);
      arguments.add(TEXT_BYTES);
      return call(function, arguments.toArray()) == SUCCESS
          ? Optional.of(out.getString(0))
          : Optional.empty();
    }
  }

  /** What a code means, in NVML's words, and the code. */
  private String meaning(int code) {
    return find("nvmlErrorString", FunctionDescriptor.of(ADDRESS, JAVA_INT))
        .map(handle -> (MemorySegment) invoke(handle, code))
        .filter(text -> !text.equals(MemorySegment.NULL))
        .map(text -> "%s (%d)".formatted(text.reinterpret(LONGEST_MEANING).getString(0), code))
        .orElseGet(() -> "error " + code);
  }

  private static MemoryLayout layout(Object argument) {
    return argument instanceof Integer ? JAVA_INT : ADDRESS;
  }

  private Optional<MethodHandle> find(String function, FunctionDescriptor signature) {
    return symbols
        .find(function)
        .map(address -> Linker.nativeLinker().downcallHandle(address, signature));
  }

  private static Object invoke(MethodHandle handle, Object... arguments) {
    try {
      return handle.invokeWithArguments(arguments);
    } catch (Throwable e) { // C functions throw nothing
      throw new AssertionError(e);
    }
  }
}
