package io.github.narthex.bench;

import io.github.narthex.DType;
import io.github.narthex.InputException;
import io.github.narthex.Model;
import io.github.narthex.OperatorTimes;
import io.github.narthex.Session;
import io.github.narthex.Tensor;
import io.github.narthex.UnsupportedException;
import io.github.narthex.Value;
import io.github.narthex.io.InputSpec;
import io.github.narthex.io.ModelInputs;
import io.github.narthex.io.Npy;
import io.github.narthex.io.NpyArray;
import io.github.narthex.io.Samples;
import io.github.narthex.strategy.Applied;
import io.github.narthex.strategy.Machine;
import io.github.narthex.strategy.Recipe;
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
import java.util.Optional;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** The engine of a real worker: libtorch, through a session for each instance. */
final class TorchEngine implements Engine {
  private static final long ALIGNMENT = 64;

  private @Nullable Arena open;
  private @Nullable Bound bound;

  /** A session for each instance, and the inputs that are bound to the first. */
  private record Bound(
      List<Session> sessions, Model model, Protocol.Load request, Map<String, Value> inputs) {
    Session session() {
      return sessions.getFirst();
    }

    List<Tensor> tensors() {
      return inputs.values().stream().flatMap(value -> value.tensors().stream()).toList();
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
      Model loaded = Model.load(loading, Path.of(request.modelFile()));
      Model original =
          (loaded.training() ? loaded.eval(loading) : loaded).withThreads(request.threads());
      applied =
          recipe.usesSamples()
              ? recipe.apply(arena, original, samples(original, request))
              : recipe.apply(arena, original);
    }
    Model model = applied.model();
    List<Map<String, Value>> inputs = new ArrayList<>();
    List<Session> sessions = new ArrayList<>();
    for (int i = 0; i < request.instances(); i++) {
      inputs.add(read(model, request.inputs(), request.arguments(), arena));
      sessions.add(Session.open(arena, model, "forward", List.of(), inputs.getLast()));
    }
    bound = new Bound(List.copyOf(sessions), model, request, inputs.getFirst());
    return applied.notes();
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
    bound().model().save(file);
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file + ": " + e.getMessage(), e);
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
      List<Tensor> tensors = bound.tensors();
      int next = 0;
      var values = read(bound.model(), files, bound.request().arguments(), scratch);
      for (Value value : values.values()) {
        for (Tensor tensor : value.tensors()) {
          Tensor target = tensors.get(next++);
          if (!tensor.shape().equals(target.shape())) {
            throw new InputException(
                "%s became %s while the session takes %s"
                    .formatted(String.join(", ", files), tensor.shape(), target.shape()));
          }
          target.segment().copyFrom(tensor.segment());
        }
      }
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
