package io.github.narthex.errors;

import io.github.narthex.DType;
import io.github.narthex.Fixtures;
import io.github.narthex.Model;
import io.github.narthex.Shape;
import io.github.narthex.Tensors;
import io.github.narthex.Value;
import io.github.narthex.bundle.Bundle;
import io.github.narthex.bundle.Bundles;
import io.github.narthex.bundle.Configuration.Run;
import io.github.narthex.strategy.Threads;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;

final class BundleErrors extends ErrorCases {
  private static final Run ONE = Run.of(Threads.of(1));

  BundleErrors(Arena arena, Path root) {
    super(arena, root);
    thrown("there is no bundle …", () -> Bundle.open(Path.of("nowhere")));
    thrown("… is no bundle: there is no narthex.yaml in it", () -> Bundle.open(folder()));
    edited(
        "…/narthex.yaml:…:12: run.threads: expected …, found 'many'; …",
        "threads: 1",
        "threads: many");
    edited(
        "… unknown key 'run.thread'; did you mean threads?; known here are …",
        "threads: 1",
        "thread: 1");
    edited("… is no YAML: …", "threads: 1", "threads: [");
    edited(
        "… model.recipe: model.pt holds the recipe 'eager', and 'freeze' stands here: …",
        "recipe: \"eager\"",
        "recipe: \"freeze\"");
    thrown(
        "… model.recipe: model.pt2 is an AOTInductor package, to which no recipe can be applied: …",
        () -> {
          Path bundle = packaged();
          Bundles.edit(bundle, "recipe: \"eager\"", "recipe: \"freeze\"");
          Bundle.open(bundle);
        });
    said(
        "…/model.pt2 is an AOTInductor package, which is compiled code and can't be changed or"
            + " saved again: …",
        () -> told("optimize", packaged().toString(), "--output", "b"));
    command(
        "only one of --bundle and --add can be given: a bundle has one model",
        "export",
        "mlp",
        "--output=net.pt2",
        "--bundle=b",
        "--add");
    edited("the model does not run on the inputs of …: …", "1x784", "1x783");
    thrown(
        "… run.batch: requests to this model can't be joined: …",
        () -> {
          Path bundle = folder().resolve("b");
          Bundles.scripted(
              bundle, "def forward(self, x):\n    return x.sum()\n", ONE, "1x3:float32:1..9");
          Bundles.edit(bundle, "batch: 1 ", "batch: 4 ");
          Bundle.open(bundle);
        });
    thrown("… is not the file that the bundle was proven with: …", this::openWithAnotherModel);
    thrown(
        "… was proven on X, and this is …",
        () -> {
          Path bundle = bundle();
          Bundles.edit(bundle, "cpu: \"", "cpu: \"X\" # ");
          Bundles.edit(bundle, "  cpu: warn", "  cpu: refuse");
          Bundle.open(bundle);
        });
    thrown(
        "… was proven with libtorch 2.3.1, and this is …",
        () -> {
          Path bundle = bundle();
          Bundles.edit(bundle, "libtorch: \"", "libtorch: \"2.3.1\" # ");
          Bundles.edit(bundle, "  libtorch: warn", "  libtorch: refuse");
          Bundle.open(bundle);
        });
    thrown("the bundle is busy: …", this::callWhileBusy);
    thrown(
        "the bundle is closed",
        () -> {
          Bundle bundle = Bundle.openCold(bundle());
          bundle.close();
          bundle.predict(arena, zeros(1, 784));
        });
    thrown(
        "the model returns something else than one tensor: call predict(arena, Value...)",
        () -> {
          Path path = folder().resolve("b");
          Bundles.scripted(path, "def forward(self, x):\n    return [x]\n", ONE);
          try (Bundle bundle = Bundle.openCold(path)) {
            bundle.predict(arena, zeros(1));
          }
        });
    said(
        "can't write …: it is a directory with other things in it, …",
        () -> {
          Path taken = folder();
          Files.writeString(taken.resolve("notes.txt"), "mine");
          return told("optimize", "mlp", "--output", taken.toString());
        });
    command("there is no template 'edgy'; did you mean edge?; there are …", "template", "edgy");
  }

  private Path bundle() throws IOException {
    return Bundles.mlp(folder().resolve("b"), "eager", ONE);
  }

  private Path packaged() throws IOException {
    return Bundles.packaged(
        folder().resolve("b"), Fixtures.path("packages/dynamic_batch.pt2"), ONE);
  }

  private void edited(String message, String before, String after) {
    thrown(
        message,
        () -> {
          Path bundle = bundle();
          Bundles.edit(bundle, before, after);
          Bundle.open(bundle);
        });
  }

  private void openWithAnotherModel() throws IOException {
    Path bundle = bundle();
    Path file = bundle.resolve("model.pt");
    try (Arena rewriting = Arena.ofConfined()) {
      Model.load(rewriting, file).save(file, Map.of("note", new byte[] {1}));
    }
    Bundle.open(bundle);
  }

  private void callWhileBusy() throws Exception {
    Path path = folder().resolve("b");
    String source =
        """
        def forward(self, x, n: int):
            for i in range(n):
                x = torch.sin(x)
            return x
        """;
    Bundles.scripted(path, source, ONE);
    Bundles.edit(path, "queue: 64", "queue: 0");
    try (Arena shared = Arena.ofShared();
        Bundle bundle = Bundle.openCold(path)) {
      Value x = Value.of(Tensors.ones(shared, DType.FLOAT32, Shape.of(100_000)));
      CompletableFuture<Void> other =
          CompletableFuture.runAsync(() -> callUntilAdmitted(bundle, shared, x));
      try {
        while (!other.isDone()) {
          bundle.predict(shared, x, Value.of(0));
        }
      } finally {
        other.join();
      }
    }
  }

  private static void callUntilAdmitted(Bundle bundle, Arena shared, Value x) {
    while (true) {
      try {
        bundle.predict(shared, x, Value.of(5000));
        return;
      } catch (RejectedExecutionException e) {
        Thread.onSpinWait();
      }
    }
  }
}
