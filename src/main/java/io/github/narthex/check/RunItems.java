package io.github.narthex.check;

import io.github.narthex.bundle.BundleDirectory;
import io.github.narthex.bundle.Configuration;
import io.github.narthex.bundle.Configuration.Run;
import io.github.narthex.internal.text.Numbers;
import io.github.narthex.strategy.Threads;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** How it is run: before the first call, on which threads, and how many at once. */
record RunItems(Subject subject) {
  private static final int MEDIAN = 50;

  Group group() {
    return new Group("running", List.of(warmUp(), threads(), queue()));
  }

  private Item warmUp() {
    String name = "warm-up";
    if (subject.bundle().isEmpty()) {
      String unknown = "whether your code calls it before traffic can't be known from here; ";
      return subject.compiled().isPresent()
          ? Item.unknown(
              name,
              unknown + "nothing is compiled in calls, but the first reads the weights in",
              "call it once before traffic, or deploy a bundle: Bundle.open does that")
          : Item.unknown(
              name,
              unknown + "the first calls compile, and take many times as long",
              "call it three times for each shape of inputs, or deploy a bundle: Bundle.open does"
                  + " that");
    }
    if (subject.source().model().isStateful()) {
      return Item.unknown(
          name,
          "a bundle does not call a model that changes its own state, since that would change its"
              + " answers",
          "call it three times, then load it anew or bring its state back");
    }
    return !subject.bundleSaysInputs() && subject.spec().isEmpty()
        ? Item.notMet(
            name,
            "narthex.yaml has no inputs: Bundle.open has nothing to call the model with",
            "add inputs to it")
        : Item.met(name, "Bundle.open calls it three times; Bundle.openCold does not");
  }

  private Item threads() {
    String name = "threads";
    Threads threads = subject.threads();
    int cores = subject.here().processors().usableCores();
    String plan = "%s, on %s here".formatted(words(threads), count(cores, "core"));
    if (!subject.hasThreadPlan()) {
      return Item.unknown(
          name,
          plan + ", unless your code says otherwise; nor can it be known how many call at once",
          "one caller: model.withThreads(%d); many: model.withThreads(1); or a bundle, which has run.threads"
              .formatted(cores));
    }
    if (threads.total() > cores) {
      return Item.notMet(
          name,
          plan + ": they hold each other up",
          subject.bundle().isPresent()
              ? "set run.threads and run.instances to auto, or to %d in all".formatted(cores)
              : "apply a recipe without the step threads, or run it where there are more cores");
    }
    return threads.total() < cores
        ? Item.met(
            name,
            plan,
            "%s idle: good if other work is to have them"
                .formatted(cores - threads.total() == 1 ? "1 core stays" : "the other cores stay"))
        : Item.met(name, plan);
  }

  private static String words(Threads threads) {
    return threads.instances() == 1
        ? "one call at a time, on " + count(threads.intra(), "thread")
        : "%d calls at the same time, on %s each"
            .formatted(threads.instances(), count(threads.intra(), "thread"));
  }

  private static String count(int number, String what) {
    return number + " " + what + (number == 1 ? "" : "s");
  }

  private Item queue() {
    String name = "bounded queue";
    Optional<BundleDirectory> bundle = subject.bundle();
    if (bundle.isEmpty()) {
      return Item.unknown(
          name,
          "what bounds the calls that wait is your code",
          "let a fixed number wait and refuse further ones, or deploy a bundle, whose run.queue"
              + " does that");
    }
    Configuration configuration = bundle.get().spec().configuration();
    Run run = configuration.run();
    int running = subject.threads().instances() * run.rows();
    String found =
        "up to %s, %d wait, a further one is a RejectedExecutionException"
            .formatted(running == 1 ? "1 call runs" : running + " calls run", run.waiting());
    Double goalMs = configuration.limits().latencyMs();
    Optional<Double> callMs =
        subject
            .evidence()
            .flatMap(known -> Optional.ofNullable(known.timing().percentilesMs().get(MEDIAN)));
    if (goalMs == null || callMs.isEmpty()) {
      return Item.met(name, found);
    }
    double lastMs = callMs.get() * (1 + (double) run.waiting() / running);
    if (lastMs <= goalMs) {
      return Item.met(name, found);
    }
    long fits = Math.max(0, (long) ((goalMs / callMs.get() - 1) * running));
    List<String> advice = new ArrayList<>();
    advice.add("set run.queue to %d to reject what would come too late".formatted(fits));
    advice.add(
        "narthex load %s --slo p%d=%sms finds how many requests a second keep the goal"
            .formatted(subject.name(), configuration.limits().percentile(), Numbers.text(goalMs)));
    return Item.unknown(
        name,
        found
            + "; the last of a full queue has its answer after %s ms, the goal is %s ms, and how"
                .formatted(Numbers.text(lastMs), Numbers.text(goalMs))
            + " full it gets can't be known from here",
        String.join("; ", advice));
  }
}
