package io.github.narthex.internal.torch;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.github.narthex.internal.bindings.Narthex;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** An {@code nx_session}. */
public final class SessionHandle extends Handle {
  // The generated calls return their error as a segment; as a long it needs no object.
  private static final MethodHandle RUN =
      Linker.nativeLinker()
          .downcallHandle(
              Narthex.nx_session_run$address(), FunctionDescriptor.of(JAVA_LONG, ADDRESS));
  private static final MethodHandle READ =
      Linker.nativeLinker()
          .downcallHandle(
              Narthex.nx_session_read$address(),
              FunctionDescriptor.of(JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG));

  private final String model;
  private final String method;
  private final int threads;

  private SessionHandle(
      Arena arena, MemorySegment address, String model, String method, int threads) {
    super(arena, address, Narthex::nx_session_free, "session");
    this.model = model;
    this.method = method;
    this.threads = threads;
  }

  /** Binds a method to the frame's arguments. */
  public static SessionHandle open(
      Arena arena, ModuleHandle module, String method, RunOptions options, CallFrame frame) {
    Arenas.requireOpen(arena);
    MemorySegment out = frame.memory().allocate(ADDRESS);
    Errors.check(
        Narthex.nx_session_open(
            module.segment(),
            frame.memory().allocateFrom(method),
            options.write(frame.memory()),
            frame.arguments(),
            frame.argumentCount(),
            out));
    return new SessionHandle(arena, out.get(ADDRESS, 0), module.name(), method, options.threads());
  }

  /**
   * Checks that this thread may use it, where nothing else does.
   *
   * @throws IllegalStateException if the arena was closed
   * @throws WrongThreadException if the arena is another thread's
   */
  public void requireUsable() {
    segment();
  }

  /** Whether only the thread that opened it may use it. */
  public boolean isConfined() {
    return !isShared();
  }

  /** One downcall; allocates nothing unless it is recorded. */
  public void run() {
    if (!FlightEvents.wantForwards()) {
      invoke();
      return;
    }
    ForwardEvent event = ForwardEvent.begun();
    try {
      invoke();
    } finally {
      event.finish(model, method, threads, true);
    }
  }

  private void invoke() {
    long error;
    try {
      error = (long) RUN.invokeExact(segment());
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError("a downcall throws no checked exception", e);
    }
    Errors.check(error);
  }

  /** Records a run after so many others, in memory of its own; later ones replay it. */
  public void record(long warmUp) {
    Errors.check(Narthex.nx_session_record(segment(), MemorySegment.NULL, warmUp));
  }

  /** The same, in the memory of a recorded session. */
  public void record(long warmUp, SessionHandle sharing) {
    Errors.check(Narthex.nx_session_record(segment(), sharing.segment(), warmUp));
  }

  /** Waits for what the last run enqueued. */
  public void synchronize() {
    Errors.check(Narthex.nx_session_synchronize(segment()));
  }

  /** Writes the last result as result 0 of the frame. */
  public void result(CallFrame frame) {
    Errors.check(Narthex.nx_session_result(segment(), frame.results()));
  }

  /**
   * Copies a tensor of the last result into native memory of exactly its size; allocates nothing.
   */
  public void read(long index, MemorySegment target) {
    long error;
    try {
      error = (long) READ.invokeExact(segment(), index, target, target.byteSize());
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError("a downcall throws no checked exception", e);
    }
    Errors.check(error);
  }
}
