package io.github.narthex.internal.torch;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.github.narthex.DType;
import io.github.narthex.Device;
import io.github.narthex.MemoryFormat;
import io.github.narthex.internal.bindings.Narthex;
import java.io.File;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongSupplier;

/** An {@code nx_module}. */
public final class ModuleHandle extends Handle {
  private final String name;

  /**
   * Takes over a module.
   *
   * @param name what a recording calls it
   */
  ModuleHandle(Arena arena, MemorySegment address, String name) {
    super(arena, address, Narthex::nx_module_free, "model");
    this.name = name;
  }

  /** Loads a TorchScript file. */
  public static ModuleHandle load(Arena arena, Path path, Device device) {
    Maker maker =
        (call, out) ->
            Narthex.nx_module_load(
                call.allocateFrom(path.toString()), Codes.of(device.type()), device.index(), out);
    return load(arena, path.toString(), () -> new File(path.toString()).length(), device, maker);
  }

  /** Loads the bytes of a TorchScript file, in native memory. */
  public static ModuleHandle load(Arena arena, MemorySegment bytes, Device device) {
    Maker maker =
        (call, out) ->
            Narthex.nx_module_load_bytes(
                bytes, bytes.byteSize(), Codes.of(device.type()), device.index(), out);
    return load(arena, "memory", bytes::byteSize, device, maker);
  }

  private static ModuleHandle load(
      Arena arena, String source, LongSupplier byteSize, Device device, Maker maker) {
    if (!FlightEvents.mayBeWanted()) {
      return make(arena, source, maker);
    }
    ModelLoadEvent event = ModelLoadEvent.begun();
    try {
      return make(arena, source, maker);
    } finally {
      event.finish(source, byteSize.getAsLong(), device);
    }
  }

  /**
   * Loads an AOTInductor package.
   *
   * @param source the file, or a directory with its contents
   * @param file for recordings and messages
   * @param model the name of the model in it
   */
  public static ModuleHandle loadPackage(
      Arena arena,
      Path source,
      Path file,
      String model,
      Device device,
      int runners,
      boolean isSingleThreaded) {
    Maker maker =
        (call, out) ->
            Narthex.nx_package_load(
                call.allocateFrom(source.toString()),
                call.allocateFrom(model),
                Codes.of(device.type()),
                device.index(),
                runners,
                isSingleThreaded ? 1 : 0,
                out);
    return load(arena, file.toString(), () -> new File(file.toString()).length(), device, maker);
  }

  /** How the elements of a package's input must lie. */
  public enum Layout {
    ROW_MAJOR,
    CHANNELS_LAST,
    AS_GIVEN;

    private int code() {
      return switch (this) {
        case ROW_MAJOR -> Narthex.NX_LAYOUT_ROW_MAJOR();
        case CHANNELS_LAST -> Narthex.NX_LAYOUT_CHANNELS_LAST();
        case AS_GIVEN -> Narthex.NX_LAYOUT_AS_GIVEN();
      };
    }
  }

  /** Gives a package its {@code forward}, which takes tensors of these names. */
  public void definePackage(List<String> inputs, List<Layout> layouts) {
    try (Scratch call = Scratch.open()) {
      MemorySegment names = call.allocate(ADDRESS, Math.max(1, inputs.size()));
      MemorySegment codes = call.allocate(JAVA_INT, Math.max(1, inputs.size()));
      for (int i = 0; i < inputs.size(); i++) {
        names.setAtIndex(ADDRESS, i, call.allocateFrom(inputs.get(i)));
        codes.setAtIndex(JAVA_INT, i, layouts.get(i).code());
      }
      Errors.check(Narthex.nx_package_define(segment(), names, codes, inputs.size()));
    }
  }

  /** Writes the call specification of a package as result 0 of the frame: a tuple of two texts. */
  public void packageCallSpec(CallFrame frame) {
    Errors.check(Narthex.nx_package_call_spec(segment(), frame.results()));
  }

  /**
   * Replaces constants of a package.
   *
   * @param isSwapped whether all of them are, at once, while calls may run
   */
  public void replaceConstants(List<Entry> entries, boolean isSwapped) {
    try (Scratch call = Scratch.open()) {
      int count = entries.size();
      MemorySegment names = call.allocate(ADDRESS, Math.max(1, count));
      MemorySegment tensors = call.allocate(ADDRESS, Math.max(1, count));
      writeEntries(entries, names, tensors, call);
      Errors.check(Narthex.nx_package_replace(segment(), names, tensors, count, isSwapped ? 1 : 0));
    }
  }

  private static void writeEntries(
      List<Entry> entries, MemorySegment names, MemorySegment tensors, SegmentAllocator call) {
    for (int i = 0; i < entries.size(); i++) {
      names.setAtIndex(ADDRESS, i, call.allocateFrom(entries.get(i).name()));
      tensors.setAtIndex(ADDRESS, i, entries.get(i).tensor().segment());
    }
  }

  /** Reads what was saved along with a module: a dict from name to bytes. */
  public static void extraFiles(Path path, CallFrame frame) {
    MemorySegment text = frame.memory().allocateFrom(path.toString());
    Errors.check(Narthex.nx_extra_files(text, frame.results()));
  }

  /** The same from the bytes of a TorchScript file, in native memory. */
  public static void extraFiles(MemorySegment bytes, CallFrame frame) {
    Errors.check(Narthex.nx_extra_files_of_bytes(bytes, bytes.byteSize(), frame.results()));
  }

  /** A tensor that a module holds. */
  public record Entry(String name, TensorHandle tensor, boolean isBuffer) {}

  /** A module without code that holds tensors under dotted names. */
  public static ModuleHandle create(Arena arena, List<Entry> entries) {
    return make(
        arena,
        "script",
        (call, out) -> {
          int count = entries.size();
          MemorySegment names = call.allocate(ADDRESS, count);
          MemorySegment tensors = call.allocate(ADDRESS, count);
          MemorySegment isBuffer = call.allocate(JAVA_INT, count);
          for (int i = 0; i < count; i++) {
            Entry entry = entries.get(i);
            names.setAtIndex(ADDRESS, i, call.allocateFrom(entry.name()));
            tensors.setAtIndex(ADDRESS, i, entry.tensor().segment());
            isBuffer.setAtIndex(JAVA_INT, i, entry.isBuffer() ? 1 : 0);
          }
          return Narthex.nx_module_create(names, tensors, isBuffer, count, out);
        });
  }

  /** Gives a module without methods those that the source defines. */
  public ModuleHandle define(Arena arena, String source) {
    return make(
        arena,
        name,
        (call, out) -> Narthex.nx_module_define(segment(), call.allocateFrom(source), out));
  }

  /** Saves the module, and along with it the frame's argument 0, a dict from name to bytes. */
  public void save(Path path, CallFrame frame) {
    MemorySegment text = frame.memory().allocateFrom(path.toString());
    Errors.check(Narthex.nx_module_save(segment(), text, frame.arguments()));
  }

  /** The text that was saved along with it of how it is run, see {@link RunFile}. */
  public String runFile() {
    try (CallFrame frame = new CallFrame(0, 1)) {
      Errors.check(Narthex.nx_module_run_file(segment(), frame.results()));
      return frame.result(0).string();
    }
  }

  /** The file it comes from, or how it was made, for recordings and messages. */
  public String name() {
    return name;
  }

  /** Modules, this one included, that are in training mode. */
  public long trainingCount() {
    return Narthex.nx_module_training_count(segment());
  }

  /** Whether a method changes the module's own state. */
  public boolean isStateful() {
    try (Scratch call = Scratch.open()) {
      MemorySegment out = call.allocate(JAVA_INT);
      Errors.check(Narthex.nx_module_is_stateful(segment(), out));
      return out.get(JAVA_INT, 0) != 0;
    }
  }

  /** What the shim can tell about a module, each as one value. */
  public enum Property {
    /** A dict from name to tensor. */
    PARAMETERS,
    /** A dict from name to tensor. */
    BUFFERS,
    /** A list of tensors. */
    CONSTANTS,
    /** A list of tuples: name, schema, list of tuples: name, type, has default. */
    METHODS,
    /** A dict from name to count. */
    OPERATORS,
    /** A tuple of tuples: inputs, threads, milliseconds. */
    COMPILATIONS,
    /** A tuple of tuples: layer, elements, zeros. */
    SPARSITY,
    /** Of a package: a dict from name to tensor. */
    PACKAGE_CONSTANTS
  }

  /** Writes a property as result 0 of the frame. */
  public void read(Property property, CallFrame frame) {
    MemorySegment out = frame.results();
    Errors.check(
        switch (property) {
          case PARAMETERS -> Narthex.nx_module_parameters(segment(), out);
          case BUFFERS -> Narthex.nx_module_buffers(segment(), out);
          case CONSTANTS -> Narthex.nx_module_constants(segment(), out);
          case METHODS -> Narthex.nx_module_methods(segment(), out);
          case OPERATORS -> Narthex.nx_module_operators(segment(), out);
          case COMPILATIONS -> Narthex.nx_module_compilations(segment(), out);
          case SPARSITY -> Narthex.nx_module_sparsity(segment(), out);
          case PACKAGE_CONSTANTS -> Narthex.nx_package_constants(segment(), out);
        });
  }

  /** Writes the plan of a call with the frame's arguments as its result 0. */
  public void memoryPlan(RunOptions options, CallFrame frame) {
    Errors.check(
        Narthex.nx_module_memory_plan(
            segment(),
            options.write(frame.memory()),
            frame.arguments(),
            frame.argumentCount(),
            frame.kept(0),
            frame.kept(1),
            frame.kept(2),
            frame.kept(3),
            frame.results()));
  }

  /** A handle on the same module in another arena. */
  public ModuleHandle share(Arena arena) {
    return make(arena, name, (call, out) -> Narthex.nx_module_share(segment(), out));
  }

  public ModuleHandle eval(Arena arena) {
    return make(arena, name, (call, out) -> Narthex.nx_module_eval(segment(), out));
  }

  public ModuleHandle freeze(Arena arena) {
    return make(arena, name, (call, out) -> Narthex.nx_module_freeze(segment(), out));
  }

  public ModuleHandle optimizeForInference(Arena arena) {
    return make(
        arena, name, (call, out) -> Narthex.nx_module_optimize_for_inference(segment(), out));
  }

  /** A rewritten copy; the frame has the arguments, and its result 0 is what was changed. */
  public ModuleHandle rewrite(Arena arena, String rewrite, CallFrame frame) {
    return make(
        arena,
        name,
        (call, out) ->
            Narthex.nx_module_rewrite(
                segment(),
                call.allocateFrom(rewrite),
                frame.arguments(),
                frame.argumentCount(),
                out,
                frame.results()));
  }

  /** A frozen module that takes its weights with each call; the frame's result 0 is them. */
  public ModuleHandle withWeightInputs(Arena arena, CallFrame frame) {
    return make(
        arena,
        name,
        (call, out) -> Narthex.nx_module_with_weight_inputs(segment(), out, frame.results()));
  }

  public ModuleHandle to(Arena arena, DType dtype) {
    return make(
        arena, name, (call, out) -> Narthex.nx_module_to_dtype(segment(), Codes.of(dtype), out));
  }

  public ModuleHandle to(Arena arena, MemoryFormat format) {
    return make(
        arena, name, (call, out) -> Narthex.nx_module_to_format(segment(), Codes.of(format), out));
  }

  public ModuleHandle to(Arena arena, Device device) {
    return make(
        arena,
        name,
        (call, out) ->
            Narthex.nx_module_to_device(segment(), Codes.of(device.type()), device.index(), out));
  }

  /**
   * A copy in which these tensors stand in place of its own; whether one is a buffer is ignored.
   */
  public ModuleHandle with(Arena arena, List<Entry> entries) {
    return make(
        arena,
        name,
        (call, out) -> {
          int count = entries.size();
          MemorySegment names = call.allocate(ADDRESS, count);
          MemorySegment tensors = call.allocate(ADDRESS, count);
          writeEntries(entries, names, tensors, call);
          return Narthex.nx_module_with_tensors(segment(), names, tensors, count, out);
        });
  }

  /** Calls a method with the frame's arguments; the frame's result 0 is its result. */
  public void call(String method, RunOptions options, CallFrame frame) {
    if (!FlightEvents.wantForwards()) {
      invoke(method, options, frame);
      return;
    }
    ForwardEvent event = ForwardEvent.begun();
    try {
      invoke(method, options, frame);
    } finally {
      event.finish(name, method, options.threads(), false);
    }
  }

  private void invoke(String method, RunOptions options, CallFrame frame) {
    Errors.check(
        Narthex.nx_module_call(
            segment(),
            frame.memory().allocateFrom(method),
            options.write(frame.memory()),
            frame.arguments(),
            frame.argumentCount(),
            frame.kept(0),
            frame.kept(1),
            frame.kept(2),
            frame.kept(3),
            frame.results()));
  }

  /** A downcall that makes a module. */
  interface Maker {
    MemorySegment make(SegmentAllocator call, MemorySegment out);
  }

  /**
   * Makes a module.
   *
   * @param name what a recording calls it
   */
  static ModuleHandle make(Arena arena, String name, Maker maker) {
    Arenas.requireOpen(arena);
    try (Scratch call = Scratch.open()) {
      MemorySegment out = call.allocate(ADDRESS);
      Errors.check(maker.make(call, out));
      return new ModuleHandle(arena, out.get(ADDRESS, 0), name);
    }
  }
}
