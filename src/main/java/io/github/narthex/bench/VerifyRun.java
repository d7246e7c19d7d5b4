package io.github.narthex.bench;

import io.github.narthex.Model;
import io.github.narthex.Session;
import io.github.narthex.Value;
import io.github.narthex.Version;
import io.github.narthex.io.InputSpec;
import io.github.narthex.io.ModelInputs;
import io.github.narthex.io.NpyArray;
import io.github.narthex.io.Samples;
import io.github.narthex.strategy.Recipe;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Compares two models in this process: their answers first, then their times in turns. */
public final class VerifyRun {
  private static final int ROUNDS = 12;
  private static final long WARM_UP_NANOS = 500_000_000;
  private static final int FEWEST_WARM_UPS = 5;
  private static final double TURN_NANOS = 150_000_000;
  private static final int FEWEST = 3;
  private static final int MOST = 200;

  private final VerifyTask task;
  private final Progress progress;
  private final ModelSource reference;
  private final ModelSource candidate;

  private VerifyRun(
      VerifyTask task, Progress progress, ModelSource reference, ModelSource candidate) {
    this.task = task;
    this.progress = progress;
    this.reference = reference;
    this.candidate = candidate;
  }

  /**
   * Compares.
   *
   * @throws io.github.narthex.ModelLoadException if a model can't be loaded
   * @throws io.github.narthex.UnsupportedException if this machine can't run one
   * @throws IllegalArgumentException if inputs are not known, or do not fit what forward takes
   * @throws io.github.narthex.OperatorException if a model fails on them
   */
  public static VerifyResult run(VerifyTask task, Progress progress) {
    try (Arena arena = Arena.ofConfined()) {
      progress.update("loading " + task.reference(), 0);
      ModelSource reference =
          ModelSource.of(arena, task.reference(), task.seed(), task.packageOptions());
      progress.update("loading " + task.candidate(), 0);
      ModelSource candidate =
          ModelSource.of(
              arena, task.candidate(), task.seed(), task.packageOptions(), task.device());
      return new VerifyRun(task, progress, reference, candidate).measure(arena);
    }
  }

  private VerifyResult measure(Arena arena) {
    List<InputSpec> given = task.inputs().stream().map(InputSpec::parse).toList();
    ModelSource asked = whoKnowsInputs(given);
    String data = task.data();
    Samples samples;
    List<String> described;
    if (data == null) {
      ModelInputs inputs = asked.inputs(given, 0, task.seed());
      samples = inputs.samples(task.count());
      described = ModelSource.describe(inputs, inputs.sample(arena, 0));
    } else {
      samples = asked.samples(Path.of(data), given);
      described = List.of("%d samples in %s".formatted(samples.count(), data));
    }
    Model first = reference.model().withThreads(task.threads());
    Model second =
        Recipe.EAGER
            .on(task.device())
            .applyTo(arena, candidate.model())
            .withThreads(task.threads());
    Accuracy accuracy = accuracy(first, second, samples);
    List<Value> bound = new ArrayList<>(samples.sample(arena, 0).values());
    Session ofReference = Session.open(arena, first, "forward", bound);
    Session ofCandidate = Session.open(arena, second, "forward", bound);
    List<SpeedUp.Round> rounds = rounds(ofReference, ofCandidate);
    progress.update("done", 1);
    return new VerifyResult(
        Environment.ofThisMachine(Version.libtorch()),
        task,
        reference.info(task.reference()),
        candidate.info(task.candidate()),
        described,
        accuracy,
        latency(rounds.stream().map(SpeedUp.Round::baseline).toList()),
        latency(rounds.stream().map(SpeedUp.Round::candidate).toList()),
        SpeedUp.of(rounds, task.seed()));
  }

  /** A file may not say what it takes where the other does. */
  private ModelSource whoKnowsInputs(List<InputSpec> given) {
    return given.isEmpty() && !reference.saysInputs() && candidate.saysInputs()
        ? candidate
        : reference;
  }

  private Accuracy accuracy(Model first, Model second, Samples samples) {
    AccuracyMeter meter = new AccuracyMeter();
    for (int i = 0; i < samples.count(); i++) {
      progress.update("comparing answers", 0.5 * i / samples.count());
      try (Arena call = Arena.ofConfined()) {
        List<Value> inputs = new ArrayList<>(samples.sample(call, i).values());
        meter.add(answers(call, first, inputs), answers(call, second, inputs));
      }
    }
    return meter.worst();
  }

  private static List<NpyArray> answers(Arena call, Model model, List<Value> inputs) {
    return model.call(call, "forward", inputs).tensors().stream().map(NpyArray::of).toList();
  }

  /** The machine's drift hits both, since they take turns. */
  private List<SpeedUp.Round> rounds(Session ofReference, Session ofCandidate) {
    int referenceCount = forwardsInATurn(ofReference);
    int candidateCount = forwardsInATurn(ofCandidate);
    List<SpeedUp.Round> rounds = new ArrayList<>();
    for (int i = 0; i < ROUNDS; i++) {
      progress.update("measuring in turns", 0.5 + 0.5 * i / ROUNDS);
      rounds.add(
          new SpeedUp.Round(turn(ofReference, referenceCount), turn(ofCandidate, candidateCount)));
    }
    return rounds;
  }

  /** Warms up, and finds how many forwards a turn has. */
  private static int forwardsInATurn(Session session) {
    long began = System.nanoTime();
    long[] last = {0};
    for (int i = 0; i < FEWEST_WARM_UPS || System.nanoTime() - began < WARM_UP_NANOS; i++) {
      last = turn(session, 1);
    }
    return (int) Math.clamp(TURN_NANOS / Math.max(1, last[0]), FEWEST, MOST);
  }

  private static long[] turn(Session session, int forwards) {
    session.run(); // brings back what the other model has driven from the caches
    long[] nanos = new long[forwards];
    for (int i = 0; i < forwards; i++) {
      long began = System.nanoTime();
      session.run();
      nanos[i] = System.nanoTime() - began;
    }
    return nanos;
  }

  private static Latency latency(List<long[]> turns) {
    return Latency.of(turns.stream().flatMapToLong(Arrays::stream).toArray());
  }
}
