package io.github.narthex.bench;

import io.github.narthex.DType;
import io.github.narthex.Device;
import io.github.narthex.DeviceMemory;
import io.github.narthex.InputException;
import io.github.narthex.Model;
import io.github.narthex.OperatorTimes;
import io.github.narthex.Session;
import io.github.narthex.Tensor;
import io.github.narthex.UnsupportedException;
import io.github.narthex.Value;
import io.github.narthex.bundle.BundleSpec;
import io.github.narthex.bundle.BundleWriter;
import io.github.narthex.io.InputSpec;
import io.github.narthex.io.ModelInputs;
import io.github.narthex.io.Npy;
import io.github.narthex.io.NpyArray;
import io.github.narthex.io.Samples;
import io.github.narthex.strategy.Applied;
import io.github.narthex.strategy.Machine;
import io.github.narthex.strategy.Recipe;
import io.github.narthex.strategy.Strategy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** The engine of a real worker: libtorch, through a session for each instance. */
final class TorchEngine implements Engine {
  private static final long ALIGNMENT = 64;

  /** Of the samples that requests take in turn, no more is held in memory. */
  private static final long MAX_HELD_BYTES = 1L << 28;

  private Device device = Device.CPU;
  private @Nullable Arena open;
  private @Nullable Bound bound;

  /** For each sample, what its input tensors hold; none if requests have what is bound. */
  private List<List<MemorySegment>> held = List.of();

  /** A session for each instance, and the input tensors that are bound to it. */
  private record Bound(
      List<Session> sessions, Model model, Protocol.Load request, List<List<Tensor>> inputs) {
    Session session() {
      return sessions.getFirst();
    }

    List<Tensor> tensors() {
      return inputs.getFirst();
    }
  }

  @Override
  public Protocol.Prepared prepare(Protocol.Prepare request) {
    return Preparation.run(request);
  }

  @Override
  public List<String> load(Protocol.Load request) {
    Recipe recipe = Recipe.parse(request.recipe());
    recipe
        .obstacle(Machine.current())
        .ifPresent(
            reason -> {
              throw new UnsupportedException(reason);
            });
    Arena arena = request.instances() == 1 ? Arena.ofConfined() : Arena.ofShared();
    open = arena;
    Applied applied;
    try (Arena loading = Arena.ofConfined()) {
      Model loaded =
          PackageOptions.parse(request.packageOptions())
              .forCallers(request.instances())
              .load(loading, Path.of(request.modelFile()), recipe.device());
      Model original =
          (loaded.training() ? loaded.eval(loading) : loaded).withThreads(request.threads());
      applied =
          recipe.usesSamples()
              ? recipe.apply(arena, original, samples(original, request))
              : recipe.apply(arena, original);
    }
    Model model = applied.model();
    List<List<Tensor>> inputs = new ArrayList<>();
    List<Session> sessions = new ArrayList<>();
    for (int i = 0; i < request.instances(); i++) {
      Map<String, Value> values = read(model, request.inputs(), request.arguments(), arena);
      inputs.add(tensors(values));
      sessions.add(Session.open(arena, model, "forward", List.of(), values));
    }
    bound = new Bound(List.copyOf(sessions), model, request, List.copyOf(inputs));
    device = recipe.device();
    held = List.of();
    List<String> notes = new ArrayList<>(applied.notes());
    if (recipe.has(Strategy.CUDAGRAPHS)) {
      sessions.forEach(Session::run);
      sessions.getFirst().whyNotRecorded().map("not recorded: "::concat).ifPresent(notes::add);
    }
    return notes;
  }

  @Override
  public void forward(int instance) {
    bound().sessions().get(instance).run();
  }

  @Override
  public OperatorTimes profile(Runnable forwards) {
    try (OperatorTimes.Recording recording = OperatorTimes.record()) {
      forwards.run();
      return recording.stop();
    }
  }

  @Override
  public int hold(List<List<String>> samples) {
    Bound current = bound();
    List<List<MemorySegment>> contents = new ArrayList<>();
    long sampleBytes = current.tensors().stream().mapToLong(Tensor::byteSize).sum();
    long room = Math.clamp(MAX_HELD_BYTES / Math.max(1, sampleBytes), 1, samples.size());
    for (List<String> files : samples.subList(0, (int) room)) {
      contents.add(content(current, files));
    }
    held = List.copyOf(contents);
    return held.size();
  }

  /** A sample, in memory that lasts as long as the model. */
  private List<MemorySegment> content(Bound current, List<String> files) {
    Arena arena = Objects.requireNonNull(open);
    try (Arena scratch = Arena.ofConfined()) {
      List<MemorySegment> segments = new ArrayList<>();
      List<Tensor> targets = current.tensors();
      for (Tensor tensor : sample(current, files, scratch)) {
        check(files, tensor, targets.get(segments.size()));
        segments.add(arena.allocate(tensor.byteSize(), ALIGNMENT).copyFrom(tensor.segment()));
      }
      return List.copyOf(segments);
    }
  }

  /** To write a sample into the inputs is part of a request, as it is for whoever has requests. */
  @Override
  public void forward(int instance, long request) {
    Bound current = bound();
    if (!held.isEmpty()) {
      List<MemorySegment> contents = held.get((int) (request % held.size()));
      List<Tensor> targets = current.inputs().get(instance);
      for (int i = 0; i < contents.size(); i++) {
        targets.get(i).segment().copyFrom(contents.get(i));
      }
    }
    current.sessions().get(instance).run();
  }

  /**
   * Runs the very session that is timed, on each of the inputs in turn: the answers of another
   * session could come from other code, since the fuser decides for each.
   */
  @Override
  public List<List<String>> outputs(Protocol.Outputs request) {
    Bound current = bound();
    try (Arena kept = Arena.ofConfined()) {
      List<MemorySegment> before = new ArrayList<>();
      for (Tensor tensor : current.tensors()) {
        before.add(kept.allocate(tensor.byteSize(), ALIGNMENT).copyFrom(tensor.segment()));
      }
      try {
        return outputs(current, request);
      } finally {
        for (int i = 0; i < before.size(); i++) {
          current.tensors().get(i).segment().copyFrom(before.get(i));
        }
      }
    }
  }

  private static List<List<String>> outputs(Bound current, Protocol.Outputs request) {
    try {
      Path directory = Files.createDirectories(Path.of(request.directory()));
      List<List<String>> files = new ArrayList<>();
      for (int i = 0; i < request.inputs().size(); i++) {
        fill(current, request.inputs().get(i));
        current.session().run();
        files.add(write(current.session(), directory, i));
      }
      return files;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write answers: " + e.getMessage(), e);
    }
  }

  @Override
  public long save(Path file) {
    Recipe recipe = Recipe.parse(bound().request().recipe());
    bound().model().save(file, BundleWriter.along(BundleSpec.ModelEntry.of(recipe, null)));
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  @Override
  public long peakDeviceBytes() {
    if (device.isCpu()) {
      return 0;
    }
    try {
      return DeviceMemory.of(device).peakReservedBytes();
    } catch (UnsupportedException e) {
      return 0; // libtorch does not count for it
    }
  }

  @Override
  public void close() {
    if (open != null) {
      open.close();
    }
  }

  private Bound bound() {
    Bound current = bound;
    if (current == null) {
      throw new IllegalStateException("no model is loaded");
    }
    return current;
  }

  /** Inputs from files; the format has no bfloat16, so the dtype that was meant comes apart. */
  private static SequencedMap<String, Value> read(
      Model model, List<String> files, List<Protocol.Argument> arguments, Arena arena) {
    List<InputSpec> specs = new ArrayList<>();
    for (int i = 0; i < files.size(); i++) {
      Optional<String> name = Optional.of(arguments.get(i).name());
      specs.add(new InputSpec.FromFile(name, Path.of(files.get(i))));
    }
    SequencedMap<String, Value> values =
        new LinkedHashMap<>(ModelInputs.of(model, specs, 0).sample(arena, 0));
    for (Protocol.Argument argument : arguments) {
      DType dtype = DType.parse(argument.dtype());
      values.computeIfPresent(
          argument.name(),
          (name, value) ->
              value instanceof Value.OfTensor(Tensor tensor) && tensor.dtype() != dtype
                  ? Value.of(tensor.to(dtype))
                  : value);
    }
    return values;
  }

  private static Samples samples(Model model, Protocol.Load request) {
    return new Samples() {
      @Override
      public int count() {
        return request.calibration().size();
      }

      @Override
      public SequencedMap<String, Value> sample(Arena samples, int index) {
        return read(model, request.calibration().get(index), request.arguments(), samples);
      }
    };
  }

  private static void fill(Bound bound, List<String> files) {
    try (Arena scratch = Arena.ofConfined()) {
      int next = 0;
      for (Tensor tensor : sample(bound, files, scratch)) {
        Tensor target = bound.tensors().get(next++);
        check(files, tensor, target);
        target.segment().copyFrom(tensor.segment());
      }
    }
  }

  private static List<Tensor> sample(Bound bound, List<String> files, Arena arena) {
    return tensors(read(bound.model(), files, bound.request().arguments(), arena));
  }

  private static List<Tensor> tensors(Map<String, Value> values) {
    return values.values().stream().flatMap(value -> value.tensors().stream()).toList();
  }

  private static void check(List<String> files, Tensor tensor, Tensor target) {
    if (!tensor.shape().equals(target.shape())) {
      throw new InputException(
          "%s became %s while the session takes %s"
              .formatted(String.join(", ", files), tensor.shape(), target.shape()));
    }
  }

  private static List<String> write(Session session, Path directory, int index) throws IOException {
    List<String> files = new ArrayList<>();
    for (int i = 0; i < session.outputCount(); i++) {
      Path file = directory.resolve("output-%d-%d.npy".formatted(index, i));
      Npy.write(file, NpyArray.of(session.output(i)));
      files.add(file.toString());
    }
    return files;
  }
}
