package io.github.narthex.cli;

import java.util.List;

/** How each command is called. Nothing here loads more than text. */
final class Commands {
  static final CommandSpec BENCH =
      new CommandSpec(
          "bench",
          "[MODEL...]",
          0,
          Integer.MAX_VALUE,
          "Measure how fast a model runs under each recipe, and which to use.",
          """
          %s
          Default: resnet50.

          Each recipe runs in a process of its own, in turns with the others. Printed are latencies
          in milliseconds (a percentile only where there are enough samples: 64 for p90, 130 for
          p95, 662 for p99), throughput, the first inference, the speed-up against eager with its
          95 %% confidence interval, the largest error against eager's answers relative to their
          largest value, and peak memory; then the recipe to use. Without --iterations or
          --duration the curated recipes of resnet50 take less than two minutes on two cores.

          With several values of --batch or --threads, there is a row for each recipe, batch and
          number of threads, a mark at those on the front of latency and throughput, the best
          batch of each recipe, and where larger ones stop paying. A recipe that runs out of
          memory is a row, and is not tried with larger batches.

          With several MODELs, each is measured so, one after the other, in an equal share of ten
          minutes; then they stand side by side, each as it is and with its best recipe. With
          MODEL= in front, --input is for that model; one without is for all others. A model that
          fails is a row with the reason.

          %s A recipe that this machine or model can't do is a
          row with the reason.\
          """
              .formatted(Options.MODEL, Options.RECIPES),
          Options.with(
              Options.INPUT,
              Options.SAMPLES,
              Option.repeatable(
                  "--recipe",
                  "R[,R...]",
                  "The recipes to measure, or all, the default: a curated set. eager is always"
                      + " measured, since the others are compared with it."),
              Option.of(
                  "--batch",
                  "N[,N...]",
                  "Size of the inputs' first dimension. Default: as they have it. Several are"
                      + " measured one after the other, each recipe at each of them."),
              Option.of(
                  "--threads",
                  "N[,N...]",
                  "Threads inside an operator. Default: all available processors. 1xI is I"
                      + " instances of the model with one thread each, side by side in a process;"
                      + " auto stands for the plans that suit this machine: all physical cores for"
                      + " one call, and a call on each core. Several are measured one after the"
                      + " other, each recipe with each of them."),
              Options.DEVICE,
              Options.LIBRARY,
              Options.PACKAGE,
              Option.of(
                  "--warmup",
                  "N",
                  "Forwards before the timed ones. Default: until latencies are steady."),
              Option.of(
                  "--iterations",
                  "N",
                  "Timed forwards for each recipe. eager stands beside each pair of others, and"
                      + " has N for each."),
              Options.DURATION,
              Options.MAX_ERROR,
              Options.SEED,
              Option.flag(
                  "--require-stable",
                  "End with exit code 8 where figures are not known to be stable; they are written"
                      + " all the same."),
              Option.flag("--samples", "Have the time of each forward in the JSON."),
              Options.JSON,
              Options.CSV,
              Options.HTML,
              Options.MARKDOWN,
              Options.QUIET));

  static final CommandSpec APPLY =
      new CommandSpec(
          "apply",
          "MODEL",
          1,
          1,
          "Apply a recipe to a model, prove that it holds, and write the file.",
          """
          %s

          First measures the recipe against the model as it is, as bench does: where its answers
          are further off than --max-error, or it does not run, nothing is written. Then writes
          TorchScript that Python's torch loads too, with the recipe and all figures inside
          (inspect shows them). What is no part of the code, such as oneDNN Graph, the layout of
          inputs or their conversion, holds again when Narthex loads the file. Prints what became
          of the layers, and sizes before and after.

          %s\
          """
              .formatted(Options.MODEL, Options.RECIPES),
          Options.with(
              Options.INPUT,
              Options.SAMPLES,
              Option.repeatable("--recipe", "R", "The recipe to apply; needed."),
              Option.of("--output", "FILE", "The file to write; needed."),
              Options.MAX_ERROR,
              Option.flag("--force", "Write the file even if the error is too large."),
              Options.THREADS,
              Options.DEVICE,
              Options.LIBRARY,
              Options.DURATION,
              Options.SEED,
              Options.JSON,
              Options.QUIET));

  static final CommandSpec RECIPES_OF =
      new CommandSpec(
          "recipes",
          "",
          0,
          0,
          "List the steps of recipes: what each does, needs and costs, and what can be set.",
          "Says of each whether this machine has what it needs.",
          Options.with(Options.JSON));

  static final CommandSpec CLAIMS =
      new CommandSpec(
          "claims",
          "[MODEL]",
          0,
          1,
          "Show what PyTorch's guides promise beside what is measured here.",
          """
          %s
          Default: resnet50.

          Measures the recipes that the promises are about in one run, as bench does, and compares:
          holds, differs, or not measured, with the reason. A promise differs where all of the 95 %%
          confidence interval of the speed-up does. Where a technique is not in Narthex, such as
          torch.compile or ONNX Runtime, it is said what stands in. Takes about three minutes on two
          cores. Whatever the verdicts, the exit code is 0.\
          """
              .formatted(Options.MODEL),
          Options.with(
              Options.INPUT,
              Options.SAMPLES,
              Options.THREADS,
              Options.DEVICE,
              Options.LIBRARY,
              Options.DURATION,
              Options.MAX_ERROR,
              Options.SEED,
              Options.JSON,
              Options.QUIET));

  static final CommandSpec RUN =
      new CommandSpec(
          "run",
          "MODEL",
          1,
          1,
          "Run a model once and write its outputs.",
          """
          %s

          Prints one line for each output: its name if it has one, shape, dtype, and least, mean
          and largest value; and one for each value that is no tensor.

          %s\
          """
              .formatted(Options.MODEL, Options.RECIPES),
          Options.with(
              Options.INPUT,
              Option.of(
                  "--output",
                  "FILE",
                  "Where the output goes, as .npy. Further outputs of y.npy are y.1.npy and so"
                      + " on."),
              Option.of("--recipe", "R", "The recipe to run with. Default: eager."),
              Option.of(
                  "--data",
                  "DIR",
                  "A directory of samples for a recipe that needs them, as for bench. Default:"
                      + " inputs are made up."),
              Options.THREADS,
              Options.DEVICE,
              Options.LIBRARY,
              Options.PACKAGE,
              Options.SEED,
              Options.JSON,
              Options.QUIET));

  static final CommandSpec INSPECT =
      new CommandSpec(
          "inspect",
          "MODEL",
          1,
          1,
          "Say what a model file, or a file of tensors, holds.",
          """
          %s
          Or a file of tensors: .npy, .npz, .safetensors, or what torch.save wrote, such as a
          state_dict or a checkpoint. It is known by its content.

          Of a model, prints the file's format, the version of PyTorch that wrote it, training or
          evaluation mode, methods with their signatures, parameters and buffers by dtype, and
          operators.
          Of tensors, prints their names, dtypes, shapes and bytes, and what else the file says.\
          """
              .formatted(Options.MODEL),
          Options.with(Options.LIBRARY, Options.SEED, Options.JSON, Options.QUIET));

  static final CommandSpec DATA =
      new CommandSpec(
          "data",
          "MODEL",
          1,
          1,
          "Write a directory of samples for a model, as --data takes it.",
          """
          %s

          For shapes-net, the samples are pictures that it was not trained on, with labels. For
          other models they are made up like the inputs of bench, and have no labels.\
          """
              .formatted(Options.MODEL),
          Options.with(
              Option.of("--output", "DIR", "The directory, which is made. It must be given."),
              Option.of("--count", "N", "How many samples. Default: 100."),
              Options.INPUT,
              Options.LIBRARY,
              Options.PACKAGE,
              Option.of(
                  "--seed",
                  "N",
                  "Seed of the samples. Default: 2. With 1, the pictures for shapes-net are those"
                      + " that it was trained on, the first 40,000."),
              Options.QUIET));

  static final List<CommandSpec> ALL =
      List.of(
          BENCH,
          CompareSpec.SPEC,
          VerifySpec.SPEC,
          OptimizeSpec.SPEC,
          LoadSpec.SPEC,
          SoakSpec.SPEC,
          ProfileSpec.SPEC,
          ExportSpec.SPEC,
          APPLY,
          CLAIMS,
          RUN,
          INSPECT,
          CheckSpec.SPEC,
          DATA,
          RECIPES_OF,
          TemplateSpec.SPEC,
          DoctorSpec.SPEC);

  private Commands() {}
}
