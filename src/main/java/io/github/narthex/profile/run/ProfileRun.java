package io.github.narthex.profile.run;

import io.github.narthex.DataPath;
import io.github.narthex.Model;
import io.github.narthex.NativeMemory;
import io.github.narthex.Session;
import io.github.narthex.Tensor;
import io.github.narthex.UnsupportedException;
import io.github.narthex.Value;
import io.github.narthex.Version;
import io.github.narthex.bench.Environment;
import io.github.narthex.bench.Latency;
import io.github.narthex.bench.ModelInfo;
import io.github.narthex.bench.ModelSource;
import io.github.narthex.bench.ProcessFacts;
import io.github.narthex.bench.Progress;
import io.github.narthex.io.InputSpec;
import io.github.narthex.io.ModelInputs;
import io.github.narthex.io.SampleDirectory;
import io.github.narthex.io.Samples;
import io.github.narthex.profile.MemoryWatch;
import io.github.narthex.profile.NvtxRanges;
import io.github.narthex.profile.Profile;
import io.github.narthex.profile.Profiler;
import io.github.narthex.profile.Stage;
import io.github.narthex.profile.StageTimes;
import io.github.narthex.strategy.Applied;
import io.github.narthex.strategy.Machine;
import io.github.narthex.strategy.Recipe;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Profiles a model in this process: forwards without the profiler, to know their times, and again
 * with it, to know where these go.
 */
public final class ProfileRun {
  private static final long TIME_NANOS = 2_000_000_000;
  private static final int FEWEST = 5;
  private static final int MOST = 200;

  /** What each request of a profile is in. */
  static final String REQUEST = "request";

  private final ProfileTask task;
  private final Progress progress;
  private final Session session;
  private final List<Tensor> inputs;
  private final Samples samples;
  private final List<MemorySegment> outputs = new ArrayList<>();

  private ProfileRun(
      ProfileTask task,
      Progress progress,
      Session session,
      List<Tensor> inputs,
      Samples samples,
      Arena arena) {
    this.task = task;
    this.progress = progress;
    this.session = session;
    this.inputs = inputs;
    this.samples = samples;
    session.run();
    for (int i = 0; i < session.outputCount(); i++) {
      outputs.add(arena.allocate(session.output(i).byteSize(), 64));
    }
  }

  /** Applies a recipe that needs samples, or makes do with what it is given. */
  public interface Application extends BiFunction<ModelSource, Model, Applied> {}

  /**
   * Profiles.
   *
   * @param arena owns the model while it runs
   * @param application applies the task's recipe
   * @throws io.github.narthex.ModelLoadException if the model can't be loaded
   * @throws IllegalArgumentException if inputs do not fit what it takes
   * @throws UnsupportedException if the recipe does not work on this machine, or NVTX ranges are
   *     wanted and this libtorch is one without CUDA
   * @throws IllegalStateException if a profiler is running already, or NVTX ranges are made
   * @throws java.io.UncheckedIOException if the trace can't be written
   */
  public static ProfileResult run(
      Arena arena, ProfileTask task, Application application, Progress progress) {
    Recipe recipe = Recipe.parse(task.recipe());
    recipe
        .obstacle(Machine.current())
        .ifPresent(
            reason -> {
              throw new UnsupportedException(reason);
            });
    if (!task.nvtx()) {
      return run(arena, task, recipe, application, progress);
    }
    try (NvtxRanges _ = NvtxRanges.start()) {
      return run(arena, task, recipe, application, progress);
    }
  }

  private static ProfileResult run(
      Arena arena, ProfileTask task, Recipe recipe, Application application, Progress progress) {
    progress.update("loading " + task.model(), 0);
    List<InputSpec> given = task.inputs().stream().map(InputSpec::parse).toList();
    ModelInfo info;
    ModelInputs first;
    Samples samples;
    Applied applied;
    try (Arena loading = Arena.ofConfined()) {
      ModelSource source =
          ModelSource.of(
              loading, task.model(), task.seed(), task.packageOptions(), recipe.device());
      info = source.info(task.model());
      SampleDirectory data =
          task.data() == null ? null : source.samples(Path.of(task.data()), given);
      first =
          data != null && given.isEmpty() ? data.inputs(0) : source.inputs(given, 0, task.seed());
      samples = data == null ? first.samples(1) : data;
      applied = application.apply(source, source.model().withThreads(task.threads()));
    }
    NativeMemory.trim();
    Map<String, Value> values = first.sample(arena, 0);
    List<String> described = ModelSource.describe(first, values);
    List<Tensor> tensors =
        values.values().stream().flatMap(value -> value.tensors().stream()).toList();
    try (Arena trial = Arena.ofConfined()) { // a mistake of the inputs is told as one
      ModelSource.run(trial, applied.model(), values);
    }
    Optional<MemoryForecast> forecast =
        task.options().memory() && !applied.model().isCompiled()
            ? Optional.of(MemoryForecast.of(applied.model(), values))
            : Optional.empty();
    Session session = Session.open(arena, applied.model(), "forward", List.of(), values);
    return new ProfileRun(task, progress, session, tensors, samples, arena)
        .measure(recipe, applied, info, described, forecast, values);
  }

  private ProfileResult measure(
      Recipe recipe,
      Applied applied,
      ModelInfo info,
      List<String> described,
      Optional<MemoryForecast> forecast,
      Map<String, Value> values) {
    long[] warm = forwards(Math.max(1, task.warmup()), "warming up", null);
    Arrays.sort(warm);
    int iterations =
        task.iterations() > 0
            ? task.iterations()
            : Math.clamp(TIME_NANOS / Math.max(1, warm[warm.length / 2]), FEWEST, MOST);
    StageTimes stages = new StageTimes();
    ProcessFacts facts = ProcessFacts.ofThisProcess();
    ProcessorClock before = ProcessorClock.read(facts);
    long[] plain;
    List<DataPath.Crossing> crossings;
    try (DataPath path = DataPath.record()) {
      plain = forwards(iterations, "without the profiler", stages);
      crossings = path.crossings();
    }
    Utilisation utilisation = before.until(ProcessorClock.read(facts));
    Optional<DeviceSplit> deviceSplit =
        recipe.device().isCpu()
            ? Optional.empty()
            : Optional.of(
                DeviceSplitRun.measure(
                    applied.model(), recipe, values, task.iterations(), progress));
    MemoryWatch.Reading watched;
    try (MemoryWatch watch = MemoryWatch.track()) {
      session.run();
      watched = watch.read();
    }
    long[] profiled = new long[iterations];
    Profile profile;
    try (Profiler profiler = Profiler.start(task.options())) {
      for (int i = 0; i < iterations; i++) {
        progress.update("with the profiler", (double) i / iterations);
        profiled[i] = request(i, null);
      }
      profile = profiler.stop();
    }
    progress.update("done", 1);
    MemoryUse memory =
        MemoryReading.of(applied.model(), bytes(inputs), bytes(outputTensors()), watched);
    ProfileResult bare =
        new ProfileResult(
            Environment.ofThisMachine(Version.libtorch()),
            task,
            info,
            described,
            applied.notes(),
            iterations,
            Latency.of(plain),
            Latency.of(profiled),
            stages.shares(),
            profile,
            memory,
            forecast,
            deviceSplit,
            utilisation,
            crossings,
            List.of());
    return bare.with(ProfileAdvice.of(bare));
  }

  private List<Tensor> outputTensors() {
    List<Tensor> tensors = new ArrayList<>();
    for (int i = 0; i < session.outputCount(); i++) {
      tensors.add(session.output(i));
    }
    return tensors;
  }

  private static long bytes(List<Tensor> tensors) {
    return tensors.stream().mapToLong(Tensor::byteSize).sum();
  }

  /** The times of the requests' forwards. */
  private long[] forwards(int count, String what, @Nullable StageTimes stages) {
    long[] nanos = new long[count];
    for (int i = 0; i < count; i++) {
      progress.update(what, (double) i / count);
      nanos[i] = request(i, stages);
    }
    return nanos;
  }

  /** Answers a request; what is returned is the time of its forward. */
  private long request(int number, @Nullable StageTimes stages) {
    StageTimes times = stages == null ? new StageTimes() : stages;
    try (Arena arena = Arena.ofConfined();
        Profiler.Range _ = Profiler.range(REQUEST)) {
      if (samples.count() > 1 || task.data() != null) {
        List<Tensor> sample;
        try (StageTimes.Running _ = times.begin(Stage.DECODE)) {
          sample =
              samples.sample(arena, number % samples.count()).values().stream()
                  .flatMap(value -> value.tensors().stream())
                  .toList();
        }
        try (StageTimes.Running _ = times.begin(Stage.COPY_IN)) {
          for (int i = 0; i < inputs.size(); i++) {
            sample.get(i).copyTo(inputs.get(i).segment());
          }
        }
      }
      long began = System.nanoTime();
      try (StageTimes.Running _ = times.begin(Stage.FORWARD)) {
        session.run();
      }
      long nanos = System.nanoTime() - began;
      try (StageTimes.Running _ = times.begin(Stage.COPY_OUT)) {
        for (int i = 0; i < outputs.size(); i++) {
          session.copyOutput(i, outputs.get(i));
        }
      }
      return nanos;
    }
  }
}
