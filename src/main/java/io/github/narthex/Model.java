package io.github.narthex;

import io.github.narthex.internal.torch.Arenas;
import io.github.narthex.internal.torch.CallFrame;
import io.github.narthex.internal.torch.ModuleHandle;
import io.github.narthex.internal.torch.RunOptions;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * A model: TorchScript, or a package that AOTInductor has compiled.
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
public final class Model implements ModelContents, ModelCopies, RunSettings, AsyncForward {
  /** The method that is called where none is named. */
  static final String FORWARD = "forward";

  /**
   * More intra-op threads than this are refused: OpenMP ends the process when it can't start one.
   */
  public static final int MAX_THREADS = RunOptions.MAX_THREADS;

  private final Arena arena;
  private final ModuleHandle handle;
  private final RunOptions options;

  /** A model's code does not change; null until someone asks. */
  private volatile @Nullable List<Method> methods;

  /** How compiled code is called; null for TorchScript. */
  private final @Nullable PackageCode code;

  private Model(Arena arena, ModuleHandle handle, RunOptions options) {
    this(arena, handle, options, null);
  }

  private Model(Arena arena, ModuleHandle handle, RunOptions options, @Nullable PackageCode code) {
    this.arena = arena;
    this.handle = handle;
    this.options = options;
    this.code = code;
  }

  static Model of(Arena arena, ModuleHandle handle) {
    return new Model(arena, handle, RunOptions.STANDARD);
  }

  private static Model of(Arena arena, ModelFile.Loaded loaded) {
    return new Model(arena, loaded.handle(), loaded.options(), loaded.code());
  }

  /**
   * Loads a TorchScript file onto the CPU. One that {@link #save(Path)} has written is run as the
   * model was that was saved.
   *
   * @throws ModelLoadException if there is no such file, or it is not TorchScript that this
   *     libtorch reads; the message says what it is instead and how to export it
   * @throws DeviceMemoryException if memory is exhausted
   * @throws NativeLibraryException if libtorch can't be loaded
   * @throws IllegalStateException if the arena is closed
   * @throws WrongThreadException if the arena is confined to another thread
   */
  public static Model load(Arena arena, Path path) {
    return load(arena, path, Device.CPU);
  }

  /**
   * Loads a TorchScript file; its tensors go to the device, wherever they were when it was saved.
   * (A device that the model's own code names stays what it is.)
   *
   * @throws UnsupportedException if there is no such device; also as {@link #load(Arena, Path)}
   */
  public static Model load(Arena arena, Path path, Device device) {
    return of(arena, ModelFile.load(arena, path, device));
  }

  /**
   * Loads an AOTInductor package ({@code .pt2}) with these options.
   *
   * <p><b>A package is machine code</b>, which runs with all rights of the process: load only what
   * you trust, or restrict it by {@link ModelPackage.Options#allow}. It is checked against this
   * machine before anything of it is loaded, and unpacked into a directory of the user's own
   * ({@code NARTHEX_CACHE}), once for each content.
   *
   * @throws ModelLoadException if the file is not there, damaged, no package, has no such model, or
   *     is not one of those that are allowed
   * @throws UnsupportedException if it was compiled for another device, processor or libtorch
   * @throws DeviceMemoryException if memory is exhausted
   * @throws NativeLibraryException if libtorch can't be loaded
   * @throws IllegalStateException if the arena is closed
   * @throws WrongThreadException if the arena is confined to another thread
   */
  public static Model load(Arena arena, Path path, Device device, ModelPackage.Options options) {
    return of(arena, ModelFile.load(arena, path, device, options));
  }

  /**
   * Loads a TorchScript file that is in memory, such as one that is mapped. libtorch reads native
   * memory in place; it is not needed afterwards. Memory on the heap is copied for the call.
   *
   * @throws IllegalStateException if the segment or the arena is closed
   * @throws WrongThreadException if one of them is confined to another thread; also as {@link
   *     #load(Arena, Path, Device)}
   */
  public static Model load(Arena arena, MemorySegment bytes, Device device) {
    return of(arena, ModelFile.load(arena, bytes, device));
  }

  /** Loads the bytes of a TorchScript file; see {@link #load(Arena, MemorySegment, Device)}. */
  public static Model load(Arena arena, byte[] bytes, Device device) {
    return load(arena, MemorySegment.ofArray(bytes), device);
  }

  /**
   * Loads a TorchScript file from what a stream still has, read into native memory, without a
   * temporary file. The stream is not closed.
   *
   * @throws ModelLoadException if the stream can't be read; also as {@link #load(Arena, Path,
   *     Device)}
   */
  public static Model load(Arena arena, InputStream in, Device device) {
    return of(arena, ModelFile.load(arena, in, device));
  }

  /**
   * The files that were saved along with a model ({@code _extra_files} in Python), by name. The
   * model itself is not loaded.
   *
   * @throws ModelLoadException as {@link #load(Arena, Path)}
   * @throws NativeLibraryException if libtorch can't be loaded
   */
  public static SortedMap<String, byte[]> extraFiles(Path path) {
    return ModelFile.extraFiles(path);
  }

  /**
   * The same of a TorchScript file in memory.
   *
   * @throws IllegalStateException if the segment is closed
   * @throws WrongThreadException if it is confined to another thread; also as {@link
   *     #extraFiles(Path)}
   */
  public static SortedMap<String, byte[]> extraFiles(MemorySegment bytes) {
    return ModelFile.extraFiles(bytes);
  }

  /**
   * Compiles TorchScript source, Python's syntax of one method or several: {@code def forward(self,
   * x): return x.relu() + 1}.
   *
   * @throws ScriptException as {@link #script(Arena, Weights, String)}
   */
  public static Model script(Arena arena, String source) {
    return script(arena, new Weights(), source);
  }

  /**
   * Compiles TorchScript source over weights: a tensor named {@code layer.weight} is {@code
   * self.layer.weight} in it. Source is code: compile only what you trust.
   *
   * @param arena owns the model
   * @param weights as for {@link Trace#begin}
   * @return the model, in evaluation mode
   * @throws ScriptException if the source does not compile; the message says in which line, the
   *     detail shows the place
   * @throws IllegalArgumentException if the source defines no method or is nested too deeply, or a
   *     name is both a tensor's and a module's
   * @throws IllegalStateException if an arena is closed
   * @throws WrongThreadException if an arena is confined to another thread
   * @throws NativeLibraryException if libtorch can't be loaded
   */
  public static Model script(Arena arena, Weights weights, String source) {
    if (source.indexOf(0) >= 0) {
      throw new IllegalArgumentException("the source contains a NUL character");
    }
    Arenas.requireOpen(arena);
    try (Arena passing = Arena.ofConfined()) {
      ModuleHandle module = ModuleHandle.create(passing, weights.moduleEntries(passing));
      return of(arena, module.define(arena, source));
    } catch (ModelLoadException e) {
      throw ScriptException.of(e, source);
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
    Value result = forward(results, values);
    if (result instanceof Value.OfTensor(Tensor tensor)) {
      return tensor;
    }
    throw new IllegalStateException(
        "expected a tensor, got %s: call forward(arena, Value...) for it"
            .formatted(Values.kind(result)));
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
    return callInOrder(results, method, inOrder(method, inputs));
  }

  /**
   * Calls a method, its first arguments by position and others by name; those given neither way
   * take their defaults.
   *
   * @throws IllegalArgumentException if the method has no argument of a name, or one is given both
   *     ways; also as {@link #call(Arena, String, List)}
   */
  public Value call(Arena results, String method, List<Value> inputs, Map<String, Value> named) {
    return callInOrder(results, method, arrange(method, inputs, named));
  }

  /** The arguments of a method by position, as the native method takes them. */
  List<? extends @Nullable Value> inOrder(String method, List<Value> inputs) {
    return code == null ? inputs : arrange(method, inputs, Map.of());
  }

  /** The arguments of a method in their order, null for one that is left out before others. */
  List<? extends @Nullable Value> arrange(
      String method, List<Value> inputs, Map<String, Value> named) {
    if (code != null && method.equals(FORWARD)) {
      return code.flatten(inputs, named);
    }
    return methods().stream()
        .filter(known -> known.name().equals(method))
        .findFirst()
        .<List<? extends @Nullable Value>>map(known -> arrange(known, inputs, named))
        .orElse(inputs); // the call says that there is no such method
  }

  private static List<? extends @Nullable Value> arrange(
      Method method, List<Value> inputs, Map<String, Value> named) {
    List<String> parameters = method.arguments().stream().map(Method.Argument::name).toList();
    return NamedArguments.arrange(method.name(), parameters, inputs, named);
  }

  private Value callInOrder(Arena results, String method, List<? extends @Nullable Value> inputs) {
    requireEvaluation();
    Arenas.requireOpen(results);
    try (CallFrame frame = Values.frame(inputs, 1)) {
      handle.call(method, options, frame);
      // The shim has copied what aliased a segment.
      Value result = new Values.Results(results, () -> true, null).read(frame.result(0));
      return code == null ? result : code.nested(result);
    } catch (OperatorException e) {
      throw CallFailure.explain(e, CallFailure.describe(inputs));
    }
  }

  MemoryPlan memoryPlan(List<Value> inputs, Map<String, Value> named) {
    requireScript("read");
    requireEvaluation();
    try (CallFrame frame = Values.frame(arrange(FORWARD, inputs, named), 1)) {
      handle.memoryPlan(options, frame);
      return Describe.memoryPlan(frame.result(0));
    }
  }

  /**
   * The methods, {@code forward} among them.
   *
   * @throws IllegalStateException if the model is closed
   * @throws WrongThreadException if its arena is confined to another thread
   */
  public List<Method> methods() {
    List<Method> known = methods;
    if (known == null) {
      known = Describe.methods(handle);
      methods = known;
    }
    return known;
  }

  /**
   * Saves the model as TorchScript. How it is run (gradient mode, oneDNN Graph, dtype and layout of
   * inputs, threads if {@link #withThreads} was called) is saved along in an extra file, {@code
   * narthex-run}, and holds again when Narthex loads it. Whoever else loads the file must give it
   * inputs of the dtype that it computes in.
   *
   * @throws UncheckedIOException if the file can't be written; what stood there before is then
   *     unharmed
   */
  public void save(Path path) {
    save(path, Map.of());
  }

  /**
   * Saves the model, and other files along with it in the same archive ({@code _extra_files} in
   * Python), which {@link #extraFiles(Path)} reads.
   *
   * @throws IllegalArgumentException if a name is empty, or {@code narthex-run}; also as {@link
   *     #save(Path)}
   */
  public void save(Path path, Map<String, byte[]> extraFiles) {
    requireScript("saved");
    ModelFile.save(handle, options, path, extraFiles);
  }

  /** The file that it was loaded from, or how it was made. For people: the format may change. */
  @Override
  public String toString() {
    return "Model[" + handle.name() + "]";
  }

  ModuleHandle handle() {
    return handle;
  }

  RunOptions options() {
    return options;
  }

  /** Whether it is an AOTInductor package: compiled code, which nothing here can change. */
  public boolean isCompiled() {
    return code != null;
  }

  /** What is known of a package's inputs and outputs; empty for TorchScript. */
  public Optional<ModelPackage.Spec> packageSpec() {
    return code == null ? Optional.empty() : code.spec();
  }

  @Nullable PackageCode code() {
    return code;
  }

  /** A module that is run and called like this one. */
  Model like(Arena other, ModuleHandle module) {
    return like(other, module, options);
  }

  Model like(Arena other, ModuleHandle module, RunOptions how) {
    return new Model(other, module, how, code);
  }

  /** This model, run otherwise. */
  Model with(RunOptions how) {
    return new Model(arena, handle, how, code);
  }

  void requireScript(String what) {
    if (code != null) {
      throw new UnsupportedException(
          "an AOTInductor package is compiled code, which can't be %s: do that to the model that it is"
                  .formatted(what)
              + " compiled from");
    }
  }

  void requireEvaluation() {
    long count = handle.trainingCount();
    if (count != 0) {
      throw new IllegalStateException(
          "the model is in training mode ("
              + count
              + " of its modules): dropout and batch normalisation would act as in training. Save"
              + " it after model.eval(), or take eval(arena) of it");
    }
  }
}
