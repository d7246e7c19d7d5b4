package io.github.narthex.bench;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.JsonSyntaxException;
import io.github.narthex.load.Outcome;
import io.github.narthex.load.Plan;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What coordinator and worker say to each other: one line of JSON for each request, one for each
 * reply. A line starts with a mark that nothing else prints, so that what native code writes to the
 * worker's standard output is told apart.
 */
final class Protocol {
  /** What each line of the protocol starts with. */
  static final String MARK = "@narthex@";

  /** A request of the coordinator. Each has one reply, or a {@link Failure}. */
  sealed interface Request
      permits Prepare, Load, WarmUp, Run, Outputs, Save, Profile, Hold, Drive {}

  /**
   * Write what all workers need into a directory. Answered by {@link Prepared}.
   *
   * @param model a file, or a built-in's name
   * @param packageOptions how it is loaded if it is a package, as {@link PackageOptions#parse}
   *     reads it
   * @param inputs specifications of the inputs; guessed where empty
   * @param data a directory of samples to compare answers over, or null
   * @param batch the size of dimension 0, or 0 to leave it
   * @param accuracyInputs how many inputs to make for accuracy
   * @param tryOut whether to run the model once
   * @param devices those that must be there
   */
  record Prepare(
      String model,
      List<String> packageOptions,
      List<String> inputs,
      @Nullable String data,
      long batch,
      int threads,
      long seed,
      int accuracyInputs,
      String directory,
      boolean tryOut,
      List<String> devices)
      implements Request {}

  /**
   * What was prepared.
   *
   * @param modelFile the TorchScript file that workers load
   * @param operators those in the model's code, by name
   * @param inputs the inputs of the workload, for people
   * @param timedInputs the files of the inputs that latency is measured with
   * @param accuracyInputs for each set of inputs that answers are compared over, its files
   * @param arguments what these inputs are
   * @param data where these come from; null if they were made up
   * @param labels for each set the right class; empty if there are none
   */
  record Prepared(
      String modelFile,
      ModelInfo model,
      List<String> operators,
      List<String> inputs,
      long batch,
      List<String> timedInputs,
      List<List<String>> accuracyInputs,
      List<Argument> arguments,
      Workload.@Nullable Data data,
      List<Integer> labels,
      String torchVersion)
      implements Reply {
    /** The same inputs for another file. */
    Prepared with(String otherFile) {
      return new Prepared(
          otherFile,
          model,
          operators,
          inputs,
          batch,
          timedInputs,
          accuracyInputs,
          arguments,
          data,
          labels,
          torchVersion);
    }
  }

  /**
   * Load a model, apply a recipe, run once. Answered by {@link Loaded}.
   *
   * @param packageOptions as for {@link Prepare}
   * @param calibration for each sample that the recipe needs, the files of its inputs
   * @param threads inside an operator
   * @param instances how many callers there are, each with a session of its own; turns are theirs
   *     together, side by side
   */
  record Load(
      String modelFile,
      List<String> packageOptions,
      List<String> inputs,
      List<Argument> arguments,
      String recipe,
      List<List<String>> calibration,
      int threads,
      int instances)
      implements Request {}

  /**
   * What an input is, which its file does not say.
   *
   * @param name of the argument of forward; those left out take their defaults
   * @param dtype the file's, or bfloat16, which files can't have
   */
  record Argument(String name, String dtype) {}

  /** How long it took until the first result, and what a user should know of it. */
  record Loaded(long loadNanos, long firstNanos, List<String> notes) implements Reply {}

  /**
   * Run until steady.
   *
   * @param atLeast the fewest forwards
   * @param atMost the most forwards
   * @param limitNanos the longest time
   */
  record WarmUp(long atLeast, long atMost, long limitNanos) implements Request {}

  /**
   * What a warm-up came to; of several instances, of the one that came least far.
   *
   * @param steady whether latencies had settled before a limit was reached
   * @param medianNanos the median at its end
   */
  record WarmedUp(long iterations, boolean steady, double medianNanos) implements Reply {}

  /**
   * One turn: a few forwards that are not timed, to take the caches back and to let the threads of
   * the worker before this one fall asleep, then timed ones until a limit is reached. Answered by
   * {@link Ran}.
   *
   * @param settle the fewest forwards that are not timed
   * @param atLeast the fewest timed forwards
   * @param atMost the most timed forwards
   * @param limitNanos no forward is started after this long, save for the fewest
   */
  record Run(long settle, long atLeast, long atMost, long limitNanos) implements Request {}

  /**
   * The time of each forward of a turn in nanoseconds, of all instances, and what disturbed them.
   */
  // A list would box each sample.
  @SuppressWarnings("ArrayRecordComponent")
  record Ran(long[] nanos, Disturbance disturbance) implements Reply {}

  /**
   * Run so often with operators recorded, which makes forwards of many small ones a little slower.
   * Answered by {@link Profiled}.
   *
   * @param iterations of each instance
   */
  record Profile(long iterations) implements Request {}

  /**
   * Where the time of a forward goes.
   *
   * @param operators the largest share first; of all instances together
   * @param wallNanos a forward's time on average
   */
  record Profiled(List<OperatorShare> operators, double wallNanos) implements Reply {}

  /** Compute outputs into files of a directory. Answered by {@link Written}. */
  record Outputs(List<List<String>> inputs, String directory) implements Request {}

  /** For each set of inputs, the files of all output tensors. */
  record Written(List<List<String>> files) implements Reply {}

  /** Save the model as it is run, with the recipe applied. Answered by {@link Saved}. */
  record Save(String file) implements Request {}

  /** How large the file is. */
  record Saved(long bytes) implements Reply {}

  /**
   * Read samples into memory, for requests to take them in turn. Answered by {@link Held}.
   *
   * @param samples for each, the files of its inputs
   */
  record Hold(List<List<String>> samples) implements Request {}

  /**
   * How many samples are held: all, or as many as there is room for.
   *
   * @param samples 1 at least
   */
  record Held(int samples) implements Reply {}

  /**
   * Put a load on the model, whose servers are its instances. Exactly one is given. Answered by
   * {@link Driven}.
   */
  record Drive(
      Plan.@Nullable Closed closed, Plan.@Nullable Open open, Plan.@Nullable Queries queries)
      implements Request {
    static Drive of(Plan plan) {
      return switch (plan) {
        case Plan.Closed closed -> new Drive(closed, null, null);
        case Plan.Open open -> new Drive(null, open, null);
        case Plan.Queries queries -> new Drive(null, null, queries);
      };
    }

    Plan plan() {
      return Stream.of(closed, open, queries)
          .flatMap(Stream::ofNullable)
          .findFirst()
          .orElseThrow(() -> new IllegalArgumentException("no plan"));
    }
  }

  /** What came of a load, and what disturbed it. */
  record Driven(Outcome outcome, Disturbance disturbance) implements Reply {}

  /** What a worker answers. */
  sealed interface Reply
      permits Prepared, Loaded, WarmedUp, Ran, Written, Saved, Failure, Profiled, Held, Driven {}

  /**
   * What went wrong.
   *
   * @param kind the simple name of the exception's class
   * @param reason one line
   * @param detail everything, with the stack trace
   */
  record Failure(Status status, String kind, String reason, String detail) implements Reply {}

  private static final Map<String, Class<? extends Request>> REQUESTS =
      Map.of(
          "prepare", Prepare.class,
          "load", Load.class,
          "warm-up", WarmUp.class,
          "run", Run.class,
          "outputs", Outputs.class,
          "save", Save.class,
          "profile", Profile.class,
          "hold", Hold.class,
          "drive", Drive.class);

  private static final Map<String, Class<? extends Reply>> REPLIES =
      Map.of(
          "prepared", Prepared.class,
          "loaded", Loaded.class,
          "warmed-up", WarmedUp.class,
          "ran", Ran.class,
          "profiled", Profiled.class,
          "written", Written.class,
          "saved", Saved.class,
          "held", Held.class,
          "driven", Driven.class,
          "failure", Failure.class);

  private final Gson gson =
      new GsonBuilder().serializeSpecialFloatingPointValues().disableHtmlEscaping().create();

  /** A reply with the worker's peak memory at that time. */
  record Answer(Reply reply, PeakMemory peak) {}

  /** A request as a line, without its end. */
  String encode(Request request) {
    return MARK + message(request, REQUESTS);
  }

  /** A reply as a line, without its end. */
  String encode(Answer answer) {
    JsonObject message = message(answer.reply(), REPLIES);
    message.add("peak", gson.toJsonTree(answer.peak()));
    return MARK + message;
  }

  /** The request in a line, or null if the line is none. */
  @Nullable Request request(String line) {
    JsonObject message = object(line);
    return message == null ? null : body(message, REQUESTS);
  }

  /** The answer in a line, or null if the line is none. */
  @Nullable Answer answer(String line) {
    JsonObject message = object(line);
    return message == null
        ? null
        : new Answer(body(message, REPLIES), gson.fromJson(message.get("peak"), PeakMemory.class));
  }

  private <T> JsonObject message(T value, Map<String, Class<? extends T>> names) {
    JsonObject message = new JsonObject();
    names.forEach(
        (name, type) -> {
          if (type.isInstance(value)) {
            message.addProperty("type", name);
          }
        });
    message.add("body", gson.toJsonTree(value));
    return message;
  }

  private <T> T body(JsonObject message, Map<String, Class<? extends T>> names) {
    Class<? extends T> type = names.get(message.get("type").getAsString());
    if (type == null) {
      throw new JsonSyntaxException("unknown message: " + message.get("type"));
    }
    return gson.fromJson(message.get("body"), type);
  }

  private @Nullable JsonObject object(String line) {
    int mark = line.indexOf(MARK);
    return mark < 0 ? null : gson.fromJson(line.substring(mark + MARK.length()), JsonObject.class);
  }
}
