package io.github.narthex;

import io.github.narthex.internal.torch.Arenas;
import io.github.narthex.internal.torch.CallFrame;
import io.github.narthex.internal.torch.ModuleHandle;
import io.github.narthex.internal.torch.RunOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.SortedMap;
import java.util.UUID;

/**
 * A TorchScript model.
 *
 * <p>A model file is code: load only what you trust.
 *
 * <p><b>Lifetime.</b> A model lives in the arena it was made in. Changed copies ({@link #freeze},
 * {@link #bfloat16}, …) leave the original as it was and share what they do not change; each lives
 * in the arena given for it, and none needs the original to stay open.
 *
 * <p><b>Threads.</b> A model in a shared arena may be called by any number of threads. Calls of one
 * that is {@linkplain #isStateful stateful} take turns. Calls with more than one intra-op thread
 * take turns on one compute thread of the library; calls with one run in place, side by side. See
 * {@link #withThreads}.
 */
public final class Model {
  /** The method that is called where none is named. */
  static final String FORWARD = "forward";

  private final Arena arena;
  private final ModuleHandle handle;
  private final RunOptions options;

  private Model(Arena arena, ModuleHandle handle, RunOptions options) {
    this.arena = arena;
    this.handle = handle;
    this.options = options;
  }

  static Model of(Arena arena, ModuleHandle handle) {
    return new Model(
        arena, handle, RunOptions.onThreads(Runtime.getRuntime().availableProcessors()));
  }

  /**
   * Loads a TorchScript file onto the CPU.
   *
   * @throws ModelLoadException if there is no such file, or it is not TorchScript that this
   *     libtorch reads; the message says what it is instead and how to export it
   * @throws DeviceMemoryException if memory is exhausted
   * @throws NativeLibraryException if libtorch can't be loaded
   */
  public static Model load(Arena arena, Path path) {
    Arenas.requireOpen(arena);
    requireTorchScript(path);
    try {
      return of(arena, ModuleHandle.load(arena, path));
    } catch (ModelLoadException e) {
      throw new ModelLoadException(path + reason(e), e.detail(), e);
    }
  }

  private static String reason(ModelLoadException e) {
    return e.detail().contains("maximum supported version for reading")
        ? " is a TorchScript archive for a newer libtorch than the "
            + Version.libtorch()
            + " that runs: save it with an older torch, or build Narthex with a newer libtorch"
            + " (LIBTORCH_HOME)"
        : " can't be loaded: " + e.getMessage();
  }

  /** libtorch's own messages for other files do not say what they are. */
  private static void requireTorchScript(Path path) {
    ModelFormat format = ModelFormat.detect(path);
    if (!format.isRunnable()) {
      throw new ModelLoadException(path + " is " + format.advice());
    }
  }

  /**
   * Calls {@code forward} with tensors, for a model that returns one.
   *
   * @throws IllegalStateException if the result is not one tensor; also as {@link #call}
   */
  public Tensor forward(Arena results, Tensor... inputs) {
    Value[] values = new Value[inputs.length];
    for (int i = 0; i < inputs.length; i++) {
      values[i] = Value.of(inputs[i]);
    }
    return forward(results, values).tensor();
  }

  /** Calls {@code forward}; see {@link #call}. */
  public Value forward(Arena results, Value... inputs) {
    return call(results, FORWARD, List.of(inputs));
  }

  /**
   * Calls a method. Arguments go by position; those left out at the end take their defaults.
   *
   * @param results owns the resulting tensors
   * @throws IllegalArgumentException if there is no such method, or arguments do not fit its
   *     signature in count or type; names the parameter
   * @throws IllegalStateException if the model is in training mode, or an arena is closed
   * @throws WrongThreadException if an arena is confined to another thread
   * @throws OperatorException if the model's code fails (a wrong shape or dtype, its own raise),
   *     with libtorch's reason
   * @throws DeviceMemoryException if memory is exhausted
   */
  public Value call(Arena results, String method, List<Value> inputs) {
    requireEvaluation();
    Arenas.requireOpen(results);
    try (CallFrame frame = Values.frame(inputs, 1)) {
      handle.call(method, options, frame);
      // The shim has copied what aliased a segment.
      return new Values.Results(results, () -> true, null).read(frame.result(0));
    } catch (OperatorException e) {
      throw CallFailure.explain(e, CallFailure.describe(inputs));
    }
  }

  /** The methods, {@code forward} among them. */
  public List<Method> methods() {
    return Describe.methods(handle);
  }

  /** The parameters by dotted name; a frozen model has none, see {@link #constants}. */
  public SortedMap<String, TensorInfo> parameters() {
    return Describe.tensors(handle, ModuleHandle.Property.PARAMETERS);
  }

  /** The buffers by dotted name. */
  public SortedMap<String, TensorInfo> buffers() {
    return Describe.tensors(handle, ModuleHandle.Property.BUFFERS);
  }

  /** The tensors that the code holds as constants: a frozen model's weights. */
  public List<TensorInfo> constants() {
    return Describe.constants(handle);
  }

  /** How often each operator stands in the code of all methods. */
  public SortedMap<String, Long> operators() {
    return Describe.operators(handle);
  }

  /**
   * Whether a method changes the model's own attributes or buffers, as recurrent models and caches
   * do: its answers then depend on the calls before, and its calls take turns, since libtorch does
   * not guard them.
   */
  public boolean isStateful() {
    return handle.isStateful();
  }

  /** Whether the model, or a part of it, is in training mode; such a model is not run. */
  public boolean training() {
    return handle.trainingCount() > 0;
  }

  /**
   * The same model, kept alive by another arena too: nothing is copied, and this one may be closed.
   *
   * @throws IllegalStateException if an arena is closed
   */
  public Model keep(Arena other) {
    return new Model(other, handle.share(other), options);
  }

  /** A copy in evaluation mode. */
  public Model eval(Arena copy) {
    return new Model(copy, handle.eval(copy), options);
  }

  /**
   * A frozen copy: weights become constants of the code, and batch normalisation is folded into
   * convolutions.
   *
   * @throws IllegalStateException if the model is in training mode
   * @throws UnsupportedException if libtorch can't freeze it
   */
  public Model freeze(Arena copy) {
    requireEvaluation();
    return new Model(copy, handle.freeze(copy), options);
  }

  /**
   * A frozen copy with convolutions and linear layers in oneDNN's layouts ({@code
   * torch.jit.optimize_for_inference}).
   *
   * @throws IllegalStateException if the model is in training mode
   * @throws UnsupportedException if libtorch can't do it
   */
  public Model optimizeForInference(Arena copy) {
    requireEvaluation();
    return new Model(copy, handle.optimizeForInference(copy), options);
  }

  /**
   * A copy that computes in bfloat16: its floating-point weights are converted, floating inputs on
   * the way in and outputs on the way back, so that it is called like the original. Integer tensors
   * are left.
   */
  public Model bfloat16(Arena copy) {
    return new Model(copy, handle.to(copy, DType.BFLOAT16), options.with(DType.BFLOAT16));
  }

  /** A copy with 4-d weights and inputs in channels-last layout; outputs come back row-major. */
  public Model channelsLast(Arena copy) {
    MemoryFormat format = MemoryFormat.CHANNELS_LAST;
    return new Model(copy, handle.to(copy, format), options.with(format));
  }

  /** The same model, run in that gradient mode. */
  public Model withGradMode(GradMode mode) {
    return new Model(arena, handle, options.with(mode));
  }

  /**
   * The same model, its graphs compiled by the oneDNN Graph fuser. It is meant for a {@linkplain
   * #freeze frozen} model, and not for what {@link #optimizeForInference} returns; the second call
   * with inputs of a new shape compiles and takes long.
   */
  public Model withOneDnnGraph() {
    return new Model(arena, handle, options.fused());
  }

  /**
   * The same model, run with so many intra-op threads. The default is the number of processors that
   * the JVM may use. One thread runs in place, so that several callers run side by side; more than
   * one run on the library's compute thread, one call at a time.
   *
   * @throws IllegalArgumentException if {@code threads} is less than 1
   */
  public Model withThreads(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be at least 1, got " + threads);
    }
    return new Model(arena, handle, options.withThreads(threads));
  }

  /** The intra-op threads that it runs with. */
  public int threads() {
    return options.threads();
  }

  /**
   * Saves the model as TorchScript. How it is run (gradient mode, fuser, threads, conversion of
   * inputs) is not part of the file.
   *
   * @throws UncheckedIOException if the file can't be written; what stood there before is then
   *     unharmed
   */
  public void save(Path path) {
    Path target = path.toAbsolutePath();
    try {
      // Not a file as createTempFile makes it: the permissions are to be those of any new file.
      Path partial = target.resolveSibling(".narthex-" + UUID.randomUUID() + ".part");
      Files.createFile(partial);
      try {
        handle.save(partial);
        Files.move(partial, target, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(partial);
      }
    } catch (ModelLoadException e) {
      throw new UncheckedIOException(
          new IOException("can't save " + path + ": " + e.getMessage(), e));
    } catch (IOException e) {
      throw new UncheckedIOException(
          new IOException("can't save " + path + ": " + e.getMessage(), e));
    }
  }

  ModuleHandle handle() {
    return handle;
  }

  RunOptions options() {
    return options;
  }

  void requireEvaluation() {
    long count = handle.trainingCount();
    if (count > 0) {
      throw new IllegalStateException(
          "the model is in training mode ("
              + count
              + " of its modules): dropout and batch normalisation would act as in training. Save"
              + " it after model.eval(), or take eval(arena) of it");
    }
  }
}
