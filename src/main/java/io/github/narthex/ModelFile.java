package io.github.narthex;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.narthex.internal.files.WholeFile;
import io.github.narthex.internal.torch.Arenas;
import io.github.narthex.internal.torch.CallFrame;
import io.github.narthex.internal.torch.ModuleHandle;
import io.github.narthex.internal.torch.RunFile;
import io.github.narthex.internal.torch.RunOptions;
import io.github.narthex.internal.torch.ValueReader;
import io.github.narthex.internal.torch.ValueWriter;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** TorchScript archives: where their bytes are, how they are read and written. */
final class ModelFile {
  /** For messages. */
  private static final String MEMORY = "the model in memory";

  private static final long FIRST_BYTES = 1 << 20;
  private static final int CHUNK_BYTES = 1 << 20;

  private ModelFile() {}

  /** A module, and how it is to be run. */
  record Loaded(ModuleHandle handle, RunOptions options, @Nullable PackageCode code) {}

  static Loaded load(Arena arena, Path path, Device device) {
    Arenas.requireOpen(arena);
    ModelFormat format = ModelFormat.detect(path);
    if (format == ModelFormat.AOT_INDUCTOR) {
      return loadPackage(arena, path, device, ModelPackage.Options.DEFAULT);
    }
    requireTorchScript(path.toString(), format);
    return load(arena, path.toString(), passing -> ModuleHandle.load(passing, path, device));
  }

  static Loaded load(Arena arena, Path path, Device device, ModelPackage.Options options) {
    Arenas.requireOpen(arena);
    ModelFormat format = ModelFormat.detect(path);
    if (format != ModelFormat.AOT_INDUCTOR) {
      throw new ModelLoadException(
          "%s is no AOTInductor package but %s".formatted(path, format.advice()));
    }
    return loadPackage(arena, path, device, options);
  }

  private static Loaded loadPackage(
      Arena arena, Path path, Device device, ModelPackage.Options options) {
    PackageFile.Loaded loaded = PackageFile.load(arena, path, device, options);
    return new Loaded(loaded.handle(), RunOptions.STANDARD, loaded.code());
  }

  static Loaded load(Arena arena, MemorySegment bytes, Device device) {
    Arenas.requireOpen(arena);
    ModelFormat format = ModelFormat.detect(bytes);
    if (format == ModelFormat.AOT_INDUCTOR) {
      throw new ModelLoadException(
          MEMORY
              + " is an AOTInductor package, which libtorch runs from a file only: write it to"
              + " one");
    }
    requireTorchScript(MEMORY, format);
    try (Arena passing = Arena.ofConfined()) {
      MemorySegment there = inNativeMemory(bytes, passing);
      return load(arena, MEMORY, loading -> ModuleHandle.load(loading, there, device));
    }
  }

  static Loaded load(Arena arena, InputStream in, Device device) {
    Arenas.requireOpen(arena);
    try (Filling filling = new Filling()) {
      return load(arena, filling.readAll(in), device);
    } catch (IOException e) {
      throw new ModelLoadException("can't read the model's stream: " + e.getMessage(), "", e);
    }
  }

  /** What can't be run as it was meant to be is not left in the caller's arena. */
  private static Loaded load(Arena arena, String source, Function<Arena, ModuleHandle> load) {
    try (Arena loading = Arena.ofConfined()) {
      ModuleHandle handle = explained(source, () -> load.apply(loading));
      RunOptions options = RunFile.read(handle.runFile(), RunOptions.STANDARD);
      return new Loaded(handle.share(arena), options, null);
    } catch (IllegalArgumentException e) {
      throw new ModelLoadException(source + " can't be loaded: " + e.getMessage(), "", e);
    }
  }

  static SortedMap<String, byte[]> extraFiles(Path path) {
    requireTorchScript(path.toString(), ModelFormat.detect(path));
    return extraFiles(path.toString(), frame -> ModuleHandle.extraFiles(path, frame));
  }

  static SortedMap<String, byte[]> extraFiles(MemorySegment bytes) {
    requireTorchScript(MEMORY, ModelFormat.detect(bytes));
    try (Arena passing = Arena.ofConfined()) {
      MemorySegment there = inNativeMemory(bytes, passing);
      return extraFiles(MEMORY, frame -> ModuleHandle.extraFiles(there, frame));
    }
  }

  private static SortedMap<String, byte[]> extraFiles(String source, Consumer<CallFrame> read) {
    Version.libtorch(); // loads the native library
    try (CallFrame frame = new CallFrame(0, 1)) {
      explained(
          source,
          () -> {
            read.accept(frame);
            return frame;
          });
      ValueReader dict = frame.result(0);
      SortedMap<String, byte[]> files = new TreeMap<>();
      for (int i = 0; i < dict.length(); i++) {
        files.put(dict.item(2 * i).string(), dict.item(2 * i + 1).bytes());
      }
      return Collections.unmodifiableSortedMap(files);
    }
  }

  static void save(
      ModuleHandle module, RunOptions options, Path path, Map<String, byte[]> extraFiles) {
    if (extraFiles.containsKey(RunFile.NAME)) {
      throw new IllegalArgumentException(
          "an extra file can't be named '%s': that one says how the model is run"
              .formatted(RunFile.NAME));
    }
    SortedMap<String, byte[]> files = new TreeMap<>(extraFiles);
    String run = RunFile.write(options);
    if (!run.isEmpty()) {
      files.put(RunFile.NAME, run.getBytes(UTF_8));
    }
    write(module, path, files);
  }

  private static void write(ModuleHandle module, Path path, Map<String, byte[]> extraFiles) {
    try (CallFrame frame = new CallFrame(1, 0)) {
      ValueWriter.Items items = frame.argument(0).dict(extraFiles.size());
      int i = 0;
      for (Map.Entry<String, byte[]> file : extraFiles.entrySet()) {
        items.at(i++).string(file.getKey());
        items.at(i++).string(file.getValue());
      }
      WholeFile.write(
          path,
          file -> {
            try {
              module.save(file, frame);
            } catch (ModelLoadException e) {
              throw new IOException(e.getMessage(), e);
            }
          });
    }
  }

  /** libtorch's own messages for other files do not say what they are. */
  private static void requireTorchScript(String source, ModelFormat format) {
    if (format != ModelFormat.TORCHSCRIPT) {
      throw new ModelLoadException(source + " is " + format.advice());
    }
  }

  private static <T> T explained(String source, Supplier<T> body) {
    try {
      return body.get();
    } catch (ModelLoadException e) {
      throw new ModelLoadException(source + reason(e), e.detail(), e);
    }
  }

  private static String reason(ModelLoadException e) {
    return e.detail().contains("maximum supported version for reading")
        ? " is a TorchScript archive for a newer libtorch than the "
            + Version.libtorch()
            + " that runs: save it with an older torch, or build Narthex with a newer libtorch"
            + " (LIBTORCH_HOME)"
        : " can't be loaded: " + MissingLibrary.reason(e);
  }

  /** libtorch reads while the collector may move what is on the heap. */
  private static MemorySegment inNativeMemory(MemorySegment bytes, Arena passing) {
    return bytes.isNative()
        ? bytes
        : passing
            .allocate(Math.max(1, bytes.byteSize()))
            .asSlice(0, bytes.byteSize())
            .copyFrom(bytes);
  }

  /** Native memory that grows while it is filled. */
  private static final class Filling implements AutoCloseable {
    private Arena arena = Arena.ofConfined();
    private MemorySegment memory = MemorySegment.NULL;
    private long used;

    /** All that the stream still has; valid until this is closed. */
    MemorySegment readAll(InputStream in) throws IOException {
      // A file's stream knows how much it has: one more byte, to meet its end without growing.
      grow(Math.max(FIRST_BYTES, in.available() + 1L));
      ReadableByteChannel channel = Channels.newChannel(in);
      while (true) {
        if (used == memory.byteSize()) {
          grow(2 * used);
        }
        long room = Math.min(CHUNK_BYTES, memory.byteSize() - used);
        int count = channel.read(memory.asSlice(used, room).asByteBuffer());
        if (count < 0) {
          return memory.asSlice(0, used);
        }
        used += count;
      }
    }

    private void grow(long capacity) {
      Arena next = Arena.ofConfined();
      MemorySegment larger = next.allocate(capacity);
      larger.copyFrom(memory.asSlice(0, used));
      arena.close();
      arena = next;
      memory = larger;
    }

    @Override
    public void close() {
      arena.close();
    }
  }
}
