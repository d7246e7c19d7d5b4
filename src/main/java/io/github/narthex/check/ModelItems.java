package io.github.narthex.check;

import io.github.narthex.ModelPackage;
import io.github.narthex.bundle.BundleSpec.Proven;
import io.github.narthex.bundle.BundleSpec.Source;
import io.github.narthex.check.Evidence.Answers;
import io.github.narthex.internal.text.Numbers;
import io.github.narthex.io.TorchScriptArchive;
import io.github.narthex.models.Builtin;
import io.github.narthex.strategy.Strategy;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** The model itself. */
record ModelItems(Subject subject) {
  Group group() {
    return new Group("model", List.of(mode(), gradients(), weights(), state(), export()));
  }

  private Item mode() {
    String name = "evaluation mode";
    if (subject.compiled().isPresent()) {
      return compiledMode(name);
    }
    return subject.source().wasTraining()
        ? Item.notMet(
            name,
            "it was saved in training mode: dropout and batch norm would change its answers, and"
                + " Model.call refuses it",
            "save model.eval() in Python, or make a bundle of it: narthex optimize does that first")
        : Item.met(name, "yes");
  }

  /** What narthex export is given as a module or TorchScript, it brings into evaluation mode. */
  private Item compiledMode(String name) {
    String source = subject.spec().map(ModelPackage.Spec::source).orElse("");
    return source.equals("module") || source.equals("torchscript")
        ? Item.met(name, "yes: it was exported in it")
        : Item.unknown(
            name,
            "compiled code keeps the mode in which it was exported, and does not say which",
            "export model.eval(): narthex export FILE.py:NAME does");
  }

  private Item gradients() {
    String name = "gradients off";
    if (subject.recipe().has(Strategy.GRAD)) {
      return Item.notMet(
          name,
          "recorded in each call: the recipe has the step grad",
          "leave it out: narthex apply MODEL --recipe R --output FILE");
    }
    return subject.recipe().has(Strategy.NO_GRAD)
        ? Item.met(
            name,
            "yes, but calls do not run in inference mode",
            "leave out no-grad: inference mode, which is the default, does less bookkeeping")
        : Item.met(name, "yes: calls run in inference mode");
  }

  private Item weights() {
    String name = "trained weights";
    if (isUntrained()) {
      return Item.notMet(
          name,
          "the weights of this built-in are random: it is there to be measured, not to be asked",
          "export your own model to TorchScript, or give it weights: Builtin.build(arena,"
              + " weights)");
    }
    if (subject.source().builtin().isPresent()) {
      return Item.met(name, "yes, of a built-in that is trained");
    }
    Optional<Answers> labelled =
        subject.evidence().map(Evidence::answers).filter(answers -> answers.right() != null);
    if (labelled.isPresent()) {
      double right = Objects.requireNonNull(labelled.get().right());
      return Item.met(
          name,
          "%s of %d answers are right; whether that is enough is for you to say"
              .formatted(Numbers.percent(right), labelled.get().inputs()));
    }
    return Item.unknown(
        name,
        "a file does not say how good its answers are",
        "narthex bench %s --data DIR, with labels.csv in it, counts how many are right"
            .formatted(subject.name()));
  }

  private boolean isUntrained() {
    Optional<Builtin> origin =
        subject
            .bundle()
            .map(bundle -> bundle.spec().model().source())
            .filter(source -> source.sha256() == null)
            .map(Source::name)
            .flatMap(Builtin::named)
            .or(subject.source()::builtin);
    return origin.filter(builtin -> !builtin.isTrained()).isPresent()
        || subject.evidence().filter(Evidence::isOfRandomWeights).isPresent();
  }

  private Item state() {
    String name = "no state";
    if (subject.compiled().isPresent() && subject.spec().isEmpty()) {
      return Item.unknown(
          name,
          "it does not say whether calls change its buffers",
          "narthex export writes it into packages; until then, load one for each stream of calls");
    }
    return subject.source().model().isStateful()
        ? Item.unknown(
            name,
            "it changes its own state: answers depend on the calls before, and calls take turns."
                + " Whether your callers keep that apart can't be known from here",
            "load one for each stream of calls (Model.load, or a Bundle each)")
        : Item.met(name, "yes: calls leave the model as it is, and may run side by side");
  }

  /** The torch that wrote it: another one may have meant another thing by the same code. */
  private Item export() {
    String name = "export";
    Path file = subject.source().file();
    if (file == null) {
      return Item.met(name, "built here, by libtorch " + subject.here().libtorch());
    }
    if (subject.compiled().isPresent()) {
      return compiledBy(name);
    }
    TorchScriptArchive archive = TorchScriptArchive.read(file);
    Optional<Proven> proven = subject.proven();
    if (proven.isPresent()) {
      return Item.met(
          name,
          "archive version %d, written by Narthex with libtorch %s"
              .formatted(archive.version(), proven.get().libtorch()));
    }
    return Item.unknown(
        name,
        "archive version %d, written by %s; by which one is not in it, and libtorch here is %s"
            .formatted(archive.version(), archive.writer(), subject.here().libtorch()),
        "export it with that version, or compare answers with Python's: narthex run %s --input x.npy --output y.npy"
            .formatted(subject.name()));
  }

  private Item compiledBy(String name) {
    Optional<ModelPackage.Spec> spec = subject.spec();
    return spec.isEmpty()
        ? Item.unknown(
            name,
            "which torch compiled it, and from what, is not said",
            "narthex export writes it into packages")
        : Item.met(
            name,
            "by torch %s, from %s"
                .formatted(
                    spec.get().torch(),
                    switch (spec.get().source()) {
                      case "module" -> "Python code";
                      case "program" -> "a saved torch.export program";
                      case "torchscript" -> "TorchScript";
                      default -> "what it does not say";
                    }));
  }
}
