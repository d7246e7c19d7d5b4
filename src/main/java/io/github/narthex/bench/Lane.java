package io.github.narthex.bench;

import io.github.narthex.strategy.Recipe;
import io.github.narthex.strategy.Strategy;
import io.github.narthex.strategy.Threads;
import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One recipe on its way: its worker, how far it came, and what it gave. */
final class Lane {
  private static final double NANOS_PER_MS = 1e6;
  private static final double MS_PER_S = 1e3;

  private final String recipe;

  /** Empty if it is no recipe; to say so is for the worker. */
  private final Optional<Recipe> parsed;

  private final List<long[]> turns = new ArrayList<>();
  private final List<SpeedUp.Round> pairs = new ArrayList<>();
  private final List<Disturbance> disturbances = new ArrayList<>();
  private Status status = Status.OK;
  private @Nullable String reason;
  private @Nullable Worker worker;
  private Protocol.@Nullable Loaded loaded;
  private Protocol.@Nullable WarmedUp warmedUp;
  private @Nullable Accuracy accuracy;
  private PeakMemory peak = PeakMemory.NONE;

  Lane(String recipe) {
    this.recipe = recipe;
    this.parsed = parse(recipe);
  }

  String recipe() {
    return recipe;
  }

  /** Whether samples make a difference to its recipe. */
  boolean usesSamples() {
    return parsed.map(Recipe::usesSamples).orElse(false);
  }

  /** Whether loading may take minutes, once for each model. */
  boolean compiles() {
    return parsed.map(steps -> steps.has(Strategy.INDUCTOR)).orElse(false);
  }

  /** What its recipe says of threads, or what all others have. */
  Threads threads(Threads standard) {
    return parsed.flatMap(Recipe::threads).orElse(standard);
  }

  private static Optional<Recipe> parse(String recipe) {
    try {
      return Optional.of(Recipe.parse(recipe));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Whether it can still run. */
  boolean alive() {
    return status.measured() && worker != null;
  }

  /** A step that may fail; then the lane is out, and the reason is kept. */
  void attempt(Runnable step) {
    try {
      step.run();
    } catch (WorkerFailure e) {
      fail(e.status(), e.reason());
    }
  }

  void fail(Status newStatus, String newReason) {
    status = newStatus;
    reason = newReason.strip().replaceAll("\\s*\\R\\s*", " ");
    close();
  }

  void start(Worker newWorker) {
    worker = newWorker;
  }

  /** Asks the worker; a failure is thrown. */
  <T extends Protocol.Reply> T ask(Class<T> kind, Protocol.Request request, Duration timeout) {
    Worker asked = worker;
    if (asked == null) {
      throw new IllegalStateException("no worker: " + recipe);
    }
    try {
      return asked.ask(kind, request, timeout);
    } finally {
      peak = peak.max(asked.peak());
    }
  }

  void loaded(Protocol.Loaded reply) {
    loaded = reply;
  }

  void warmedUp(Protocol.WarmedUp reply) {
    warmedUp = reply;
  }

  /** From the start of loading to the first result in nanoseconds, or 0 if it did not get there. */
  long startNanos() {
    Protocol.Loaded reply = loaded;
    return reply == null ? 0 : reply.loadNanos() + reply.firstNanos();
  }

  /** About how long a forward takes in nanoseconds. */
  double forwardNanos() {
    if (!turns.isEmpty()) {
      return Math.max(1, Quantiles.median(turns.getLast()));
    }
    Protocol.WarmedUp warm = warmedUp;
    if (warm != null && warm.medianNanos() > 0) {
      return warm.medianNanos();
    }
    return loaded == null ? NANOS_PER_MS : Math.max(1, loaded.firstNanos());
  }

  /** Its accuracy is known now, and with it whether it may be recommended. */
  void judge(Accuracy judged, double maxError) {
    accuracy = judged;
    if (!judged.isWithin(maxError)) {
      status = Status.INACCURATE;
      reason =
          judged
              .mismatch()
              .orElseGet(
                  () ->
                      "off by %s of the largest value, the limit is %s"
                          .formatted(percent(judged.maxRel()), percent(maxError)));
    }
  }

  /** What was known of it before this process. */
  void restore(
      Protocol.@Nullable Loaded before, Protocol.@Nullable WarmedUp warm, PeakMemory memory) {
    loaded = before;
    warmedUp = warm;
    peak = memory;
  }

  Protocol.@Nullable Loaded loadedReply() {
    return loaded;
  }

  Protocol.@Nullable WarmedUp warmedUpReply() {
    return warmedUp;
  }

  @Nullable Accuracy accuracy() {
    return accuracy;
  }

  /** What disturbed its latest turn. */
  Disturbance latestDisturbance() {
    return disturbances.getLast();
  }

  @Nullable String reason() {
    return reason;
  }

  /** Whether its answers were compared with the baseline's. */
  boolean isJudged() {
    return accuracy != null;
  }

  void ran(Protocol.Ran reply) {
    turns.add(reply.nanos());
    disturbances.add(reply.disturbance());
  }

  void pair(long[] baseline, long[] candidate) {
    pairs.add(new SpeedUp.Round(baseline, candidate));
  }

  List<SpeedUp.Round> pairs() {
    return pairs;
  }

  PeakMemory peak() {
    return peak;
  }

  /** The samples of each turn in the order of the turns. */
  List<long[]> turns() {
    return turns;
  }

  long samples() {
    return turns.stream().mapToLong(turn -> turn.length).sum();
  }

  Status status() {
    return status;
  }

  void close() {
    Worker open = worker;
    if (open != null) {
      worker = null;
      open.close();
    }
  }

  Measurement measurement(Setting setting, @Nullable SpeedUp speedUp) {
    long[] samples = turns.stream().flatMapToLong(Arrays::stream).toArray();
    Latency latency = status.measured() && samples.length > 0 ? Latency.of(samples) : null;
    Protocol.Loaded load = loaded;
    Protocol.WarmedUp warm = warmedUp;
    Threads threads = threads(setting.threads());
    double items = (double) setting.batch() * threads.instances();
    return new Measurement(
        recipe,
        setting.batch(),
        threads.intra(),
        parsed.map(known -> known.device().toString()).orElse("cpu"),
        status,
        reason,
        latency,
        latency == null ? null : items * MS_PER_S / latency.meanMs(),
        load == null ? null : load.firstNanos() / NANOS_PER_MS,
        load == null ? null : load.loadNanos() / NANOS_PER_MS,
        latency == null ? null : speedUp,
        accuracy,
        known(peak.rssBytes()),
        known(peak.deviceBytes()),
        warm == null ? null : warm.iterations(),
        warm == null ? null : warm.steady(),
        latency == null ? null : disturbances.stream().reduce(Disturbance.NONE, Disturbance::plus),
        load == null ? List.of() : load.notes(),
        latency == null ? List.of() : measuredTurns());
  }

  private static @Nullable Long known(long bytes) {
    return bytes == 0 ? null : bytes;
  }

  private List<Turn> measuredTurns() {
    List<Turn> measured = new ArrayList<>();
    for (int i = 0; i < turns.size(); i++) {
      if (turns.get(i).length > 0) {
        measured.add(new Turn(turns.get(i), disturbances.get(i)));
      }
    }
    return measured;
  }

  /**
   * What all rows of a table have in common.
   *
   * @param threads of recipes that do not say
   */
  record Setting(long batch, Threads threads, String device) {}

  private static String percent(double fraction) {
    if (!Double.isFinite(fraction)) {
      return "infinitely much";
    }
    return new BigDecimal(100 * fraction).round(new MathContext(2)).toPlainString() + " %";
  }
}
