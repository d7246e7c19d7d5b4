package io.github.narthex.internal.torch;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.narthex.internal.bindings.Narthex;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * Links the functions that nearly every program calls, on a thread of its own, while the dynamic
 * linker is busy with libtorch. The first function takes Java some twenty milliseconds, each
 * further signature one to five; libtorch takes 170. Java's linker keeps its work by signature, so
 * that nothing has to be handed over.
 */
final class EarlyLinker {
  /**
   * A function of the shim.
   *
   * @param signature its result, then its arguments: I and J are integers of 32 and 64 bits, P is a
   *     pointer, V is nothing
   */
  record Function(String name, String signature) {}

  /** In the order in which they are likely to be needed, and one of each signature. */
  static final List<Function> FUNCTIONS =
      List.of(
          new Function("nx_torch_version", "P"),
          new Function("nx_module_load", "PPIIP"),
          new Function("nx_module_training_count", "JP"),
          new Function("nx_module_methods", "PPP"),
          new Function("nx_value_clear", "VPJ"),
          new Function("nx_module_free", "VP"),
          new Function("nx_trim_memory", "V"),
          new Function("nx_tensor_wrap", "PPJIPJP"),
          new Function("nx_module_call", "PPPPPJPPPPP"),
          new Function("nx_tensor_describe", "PPJPPP"),
          new Function("nx_tensor_pin", "PPPP"),
          new Function("nx_tensor_empty", "PIIIPJP"),
          new Function("nx_operator_call", "PPPPJPPPPP"),
          new Function("nx_operator_call_plain", "PPPPP"),
          new Function("nx_session_open", "PPPPPJP"),
          new Function("nx_session_run", "PP"),
          new Function("nx_tensor_read", "PPIPJ"),
          new Function("nx_module_create", "PPPPJP"),
          new Function("nx_trace_begin", "PPPPJPP"),
          new Function("nx_trace_end", "PPPJP"));

  private static final CountDownLatch FIRST = new CountDownLatch(1);

  static {
    Thread.ofPlatform().daemon().name("narthex-linker").start(EarlyLinker::link);
  }

  private EarlyLinker() {}

  /** Begins, unless it has begun. */
  static void start() {
    // What there is to do, class initialisation has done.
  }

  /**
   * Begins, unless it has begun, and waits until Java's linker is ready. It looks up functions of
   * its own, which it could not while the dynamic linker is loading something.
   */
  static void awaitFirst() {
    boolean interrupted = false;
    while (true) {
      try {
        FIRST.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static void link() {
    try {
      Linker linker = Linker.nativeLinker();
      callOnce(linker);
      FIRST.countDown();
      for (Function function : FUNCTIONS) {
        linker.downcallHandle(descriptor(function.signature()));
      }
    } catch (IllegalCallerException e) {
      // Native access is refused, which the first call will tell to somebody who can do something.
    } finally {
      FIRST.countDown();
    }
  }

  /** The first call takes more than its linking: Java makes the code that calls handles. */
  private static void callOnce(Linker linker) {
    linker
        .defaultLookup()
        .find("getpid")
        .ifPresent(
            function -> {
              try {
                int _ = (int) linker.downcallHandle(function, descriptor("I")).invokeExact();
              } catch (RuntimeException e) {
                throw e;
              } catch (Throwable e) {
                throw new AssertionError(e); // a downcall throws nothing that is checked
              }
            });
  }

  static FunctionDescriptor descriptor(String signature) {
    MemoryLayout[] arguments =
        signature.chars().skip(1).mapToObj(EarlyLinker::layout).toArray(MemoryLayout[]::new);
    return signature.charAt(0) == 'V'
        ? FunctionDescriptor.ofVoid(arguments)
        : FunctionDescriptor.of(layout(signature.charAt(0)), arguments);
  }

  private static MemoryLayout layout(int code) {
    return switch (code) {
      case 'I' -> JAVA_INT;
      case 'J' -> JAVA_LONG;
      case 'P' -> Narthex.C_POINTER;
      default -> throw new IllegalArgumentException("no layout " + (char) code);
    };
  }
}
