package io.github.narthex;

import io.github.narthex.internal.torch.Arenas;
import io.github.narthex.internal.torch.CallFrame;
import io.github.narthex.internal.torch.OutputArena;
import io.github.narthex.internal.torch.SessionHandle;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A model bound to its inputs, for the hot path: a {@link #run} is one native call and allocates
 * nothing in Java. Write new data into the inputs' {@linkplain Tensor#segment() segments} between
 * runs.
 *
 * <pre>{@code
 * try (Arena arena = Arena.ofConfined()) {
 *   MemorySegment image = arena.allocate(4 * 150_528, 64);
 *   Tensor input = Tensor.of(arena, image, DType.FLOAT32, Shape.of(1, 3, 224, 224));
 *   Session session = Session.open(arena, model, Value.of(input));
 *   while (fill(image)) {
 *     session.run();
 *     use(session.output(0).segment());
 *   }
 * }
 * }</pre>
 *
 * <p>A session lives in its arena and keeps what it needs of the model. It is used by one thread at
 * a time; open one for each thread that runs. In an {@linkplain Arena#ofAuto() automatic} arena,
 * its outputs end when the session itself is collected.
 */
public final class Session {
  private static final VarHandle BUSY;

  static {
    try {
      BUSY = MethodHandles.lookup().findVarHandle(Session.class, "busy", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final SessionHandle handle;

  /** For messages. */
  private final List<TensorInfo> inputs;

  /** Whether a thread is inside; accessed through BUSY. */
  @SuppressWarnings("UnusedVariable")
  private boolean busy;

  /** Whether calls change what a package keeps, of which libtorch knows nothing. */
  private final boolean isStatefulPackage;

  private final SessionOutputs outputs = new SessionOutputs();

  /** Before the call that is recorded: enough for libtorch to compile and to choose kernels. */
  private static final int WARM_UP = 3;

  private volatile boolean isRecorded;

  /** Whether the first run is to be recorded; used by the thread that is inside. */
  private boolean recordsNext;

  private volatile @Nullable String whyNotRecorded;

  /** Why there are no outputs; null where there are. */
  private @Nullable String missing = "the session has not run yet";

  private Session(Arena arena, SessionHandle handle, List<TensorInfo> inputs, Model model) {
    this.handle = handle;
    this.inputs = inputs;
    this.recordsNext = model.options().onDevice().recorded();
    this.isStatefulPackage = model.isCompiled() && model.isStateful();
    // Only the outputs are captured, so that an automatic arena can find the session unreachable.
    SessionOutputs ended = outputs;
    MemorySegment.NULL.reinterpret(arena, ignored -> ended.end());
  }

  /**
   * Binds {@code forward} to inputs, in the model's own modes and threads.
   *
   * @param arena owns the session; an input over a segment must be of the same arena, or of the
   *     global one, so that the segment outlives the session
   * @throws IllegalArgumentException if inputs do not fit the signature in count or type, or an
   *     input over a segment is of another arena
   * @throws IllegalStateException if the model is in training mode, or an arena is closed
   * @throws WrongThreadException if an arena is confined to another thread
   */
  public static Session open(Arena arena, Model model, Value... inputs) {
    return open(arena, model, Model.FORWARD, List.of(inputs));
  }

  /**
   * Binds a method to inputs, by position; those left out at the end take their defaults. Otherwise
   * as {@link #open(Arena, Model, Value...)}.
   *
   * @throws IllegalArgumentException as there, and if the model has no such method
   */
  public static Session open(Arena arena, Model model, String method, List<Value> inputs) {
    return openInOrder(arena, model, method, model.inOrder(method, inputs));
  }

  /**
   * Binds a method to inputs, the first by position and others by name; those given neither way
   * take their defaults. Otherwise as {@link #open(Arena, Model, Value...)}.
   *
   * @throws IllegalArgumentException as there, if the model has no such method, or the method no
   *     argument of a name, or if one is given both ways
   */
  public static Session open(
      Arena arena, Model model, String method, List<Value> inputs, Map<String, Value> named) {
    return openInOrder(arena, model, method, model.arrange(method, inputs, named));
  }

  private static Session openInOrder(
      Arena arena, Model model, String method, List<? extends @Nullable Value> inputs) {
    model.requireEvaluation();
    Arenas.requireOpen(arena);
    for (Value value : inputs) {
      for (Tensor tensor : value == null ? List.<Tensor>of() : value.tensors()) {
        if (!tensor.mayBeViewedIn(arena)) {
          throw new IllegalArgumentException(
              "an input is over a segment of another arena, which might end before the session:"
                  + " open the session in the segment's arena, or bind a copy");
        }
      }
    }
    try (CallFrame frame = Values.bindingFrame(inputs)) {
      return new Session(
          arena,
          SessionHandle.open(arena, model.handle(), method, model.options(), frame),
          CallFailure.describe(inputs),
          model);
    }
  }

  /**
   * Runs the model once on what the inputs hold now. What {@link #output} returned before is
   * closed. A recorded package whose weights were replaced is recorded anew first; where that fails
   * the next run tries again.
   *
   * @throws OperatorException if the model's code fails, with libtorch's reason
   * @throws DeviceMemoryException if memory is exhausted
   * @throws IllegalStateException if the session is closed, or another thread is using it
   * @throws WrongThreadException if its arena is confined to another thread
   */
  public void run() {
    enter();
    try {
      handle.requireUsable();
      closeOutputs();
      missing = "the session's last run failed";
      if (recordsNext) {
        recordIfPossible();
      }
      handle.run();
      missing = null;
    } catch (OperatorException e) {
      throw CallFailure.explain(e, inputs);
    } finally {
      leave();
    }
  }

  /**
   * Records a run: from now on {@link #run} replays it as one piece of work of the device (for
   * CUDA: a graph), which spares the host the enqueuing of each operator. For models of many small
   * operators, where that takes longer than the operators themselves. The inputs are tensors on the
   * device, and what is written to them is what later runs compute with; what the model reads of
   * them on the host (sizes, branches that depend on values) is fixed. The session gets a stream of
   * its own if it has none. What {@link #output} returns is a copy.
   *
   * <p>A {@linkplain ModelPackage package} is recorded where it has one runner. When its weights
   * are {@linkplain PackageWeights replaced}, the next run records anew, which takes as long as a
   * few calls: no replay computes with weights that are gone.
   *
   * <p>Where a model can't be recorded, the exception says why and the session goes on as before.
   *
   * @param warmUp calls before the one that is recorded, in which libtorch compiles and chooses
   *     kernels; 3 are enough. A model that changes its inputs changes them with each
   * @throws IllegalArgumentException if no input is on a device, or {@code warmUp} is negative
   * @throws UnsupportedException if the model changes its own state or forks, or records gradients;
   *     if it is a package with several runners; if an input is on the host; if libtorch can't
   *     record on that kind of device, or for CUDA this native library was built without CUDA's
   *     headers
   * @throws OperatorException if the model waits for the device while it runs (it reads values on
   *     the host, or copies from or to memory there), or fails
   * @throws DeviceMemoryException if memory is exhausted
   * @throws IllegalStateException if the session is closed, or another thread is using it
   * @throws WrongThreadException if its arena is confined to another thread
   */
  public void record(int warmUp) {
    record(warmUp, () -> handle.record(warmUp));
  }

  /**
   * Records a run in the memory of another recorded session: what the two compute on the way lies
   * in the same place, so that together they take as much as the larger one, and the outputs of
   * each. For sessions of which one runs at a time, such as those of one model for several sizes.
   * They work on the same stream, which this one takes over if it has none, and <b>a run of one
   * ends the result of the other</b>: copies that were made of it stay. Otherwise as {@link
   * #record(int)}; see {@link BatchSessions}.
   *
   * @param sharing recorded, and may be closed before this one
   * @throws IllegalArgumentException as there, and if {@code sharing} is not recorded, is this
   *     session, or works on another stream or device
   * @throws UnsupportedException as there
   * @throws OperatorException as there
   * @throws DeviceMemoryException if memory is exhausted
   * @throws IllegalStateException if one of the two is closed, or another thread is using it
   * @throws WrongThreadException if the arena of one is confined to another thread
   */
  public void record(int warmUp, Session sharing) {
    if (sharing == this) {
      throw new IllegalArgumentException("a session can't share memory with itself");
    }
    sharing.enter();
    try {
      record(warmUp, () -> handle.record(warmUp, sharing.handle));
    } finally {
      sharing.leave();
    }
  }

  private void record(int warmUp, Runnable recording) {
    if (warmUp < 0) {
      throw new IllegalArgumentException("warm-up must be 0 or more, got " + warmUp);
    }
    enter();
    try {
      handle.requireUsable();
      if (isRecorded) {
        return;
      }
      requireRecordable();
      closeOutputs();
      missing = "the session has not run since it was tried to record it";
      recordsNext = false;
      recording.run();
      missing = "the session has not run since it was recorded";
      isRecorded = true;
      whyNotRecorded = null;
    } catch (OperatorException e) {
      throw CallFailure.explain(e, inputs);
    } finally {
      leave();
    }
  }

  private void requireRecordable() {
    if (isStatefulPackage) {
      throw new UnsupportedException(
          "a package that changes its own state is not recorded: warm-up would change it too");
    }
  }

  private void recordIfPossible() {
    recordsNext = false;
    try {
      requireRecordable();
      handle.record(WARM_UP);
      isRecorded = true;
    } catch (OperatorException
        | UnsupportedException
        | DeviceMemoryException
        | IllegalArgumentException e) {
      whyNotRecorded = String.valueOf(e.getMessage());
    }
  }

  /**
   * Why a session of a model {@linkplain Model#withRecordedRuns with recorded runs} could not
   * record its first one; empty if it could, or has not run yet.
   */
  public Optional<String> whyNotRecorded() {
    return Optional.ofNullable(whyNotRecorded);
  }

  /** Whether runs replay a recorded one. */
  public boolean isRecorded() {
    return isRecorded;
  }

  /**
   * Waits for what the last run enqueued on a device; a run on the CPU has ended when {@link #run}
   * returns. Reading an output waits by itself.
   *
   * @throws OperatorException if work of the device has failed
   * @throws IllegalStateException if there was no run yet or the last one failed, a session that
   *     shares its memory has run since, the session is closed, or another thread is using it
   * @throws WrongThreadException if its arena is confined to another thread
   */
  public void synchronize() {
    enter();
    try {
      requireResult();
      handle.synchronize();
    } finally {
      leave();
    }
  }

  /**
   * How many tensors the last run returned, those inside tuples, lists and dicts counted.
   *
   * @throws IllegalStateException if there was no run yet or the last one failed, a session that
   *     shares its memory has run since, the session is closed, or another thread is using it
   * @throws WrongThreadException if its arena is confined to another thread
   */
  public int outputCount() {
    return outputs().size();
  }

  /**
   * A tensor of the last run, without a copy; counted depth first through tuples, lists and dicts.
   * It is closed by the next {@link #run}; to keep it, {@link Tensor#keep} it in an arena of your
   * own.
   *
   * @throws IndexOutOfBoundsException if there is no such output
   * @throws IllegalStateException if there was no run yet or the last one failed, a session that
   *     shares its memory has run since, the session is closed, or another thread is using it
   * @throws WrongThreadException if its arena is confined to another thread
   */
  public Tensor output(int index) {
    return outputs().get(index);
  }

  /**
   * Copies a tensor of the last run, row-major and in its dtype; allocates nothing.
   *
   * @param target native memory, exactly as large as the output
   * @throws IllegalArgumentException if it is not, or there is no such output
   * @throws IllegalStateException if there was no run yet or the last one failed, a session that
   *     shares its memory has run since, the session is closed, or another thread is using it
   * @throws WrongThreadException if its arena is confined to another thread
   */
  public void copyOutput(int index, MemorySegment target) {
    if (!target.isNative() || target.isReadOnly()) {
      throw new IllegalArgumentException("the target must be a writable native segment");
    }
    enter();
    try {
      requireResult();
      long began = DataPath.begin();
      handle.read(index, target);
      DataPath.end(began, DataPath.Direction.OUT, DataPath.Reason.CHOICE, target.byteSize());
    } finally {
      leave();
    }
  }

  private void closeOutputs() {
    try {
      outputs.close();
    } catch (IllegalStateException e) {
      throw new IllegalStateException(
          "another thread is in a call with an output of the last run, which this run would close",
          e);
    }
  }

  private List<Tensor> outputs() {
    enter();
    try {
      requireResult();
      List<Tensor> known = outputs.tensors();
      return known == null ? readOutputs() : known;
    } finally {
      leave();
    }
  }

  private void requireResult() {
    handle.requireUsable();
    if (missing != null) {
      throw new IllegalStateException(missing);
    }
  }

  private List<Tensor> readOutputs() {
    // Shared: the next run, which closes it, may come from another thread.
    OutputArena arena = new OutputArena(handle.isConfined());
    try (CallFrame frame = new CallFrame(0, 1)) {
      handle.result(frame);
      List<Tensor> tensors =
          new Values.Results(arena, () -> true, null).read(frame.result(0)).tensors();
      outputs.put(arena, tensors);
      return tensors;
    } catch (RuntimeException | Error e) {
      arena.close();
      throw e;
    }
  }

  private void enter() {
    if (!BUSY.compareAndSet(this, false, true)) {
      throw new IllegalStateException(
          "another thread is using the session: open one session for each thread");
    }
  }

  private void leave() {
    BUSY.setRelease(this, false);
  }
}
