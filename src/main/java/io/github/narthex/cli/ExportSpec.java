package io.github.narthex.cli;

/** How {@code narthex export} is called. */
final class ExportSpec {
  static final String NAME = "export";

  static final CommandSpec SPEC =
      new CommandSpec(
          NAME,
          "MODEL",
          1,
          1,
          "Compile a model with AOTInductor into a .pt2 package, by your Python.",
          """
          MODEL is FILE.py:NAME (a class without arguments, or a function that makes a module), a
          program that torch.export.save wrote (which has its inputs in it), a TorchScript file, a
          bundle, or a built-in.

          Needs a Python with torch of libtorch's version (its first two numbers) and a C++
          compiler: that of --python, of NARTHEX_PYTHON, of the active environment, or python3 on
          PATH. The package says what its inputs are, so that wrong ones are refused; its answers
          are compared with the model's before it is written, with dynamic dimensions at their
          least, given and largest sizes. Inputs of Python modules can't be guessed.

          A package is native code for one level of processors: it runs on those that have all that
          --isa names.\
          """,
          Options.with(
              Option.of("--format", "F", "What to make: aoti, which is the default."),
              Option.of("--output", "FILE", "The package, FILE.pt2; needed."),
              Option.of(
                  "--bundle",
                  "DIR",
                  "Write a bundle with the package too: a directory to deploy, whose narthex.yaml"
                      + " says how it is run."),
              Options.INPUT,
              Option.repeatable(
                  "--dynamic",
                  "DIMS",
                  "A dimension that may vary, within bounds: INPUT.DIM=LOW..HIGH, such as"
                      + " x.0=1..16, or x.0=1.. without an upper one. Several that always are of"
                      + " one size: batch:ids.0,mask.0=1..32. Default: sizes are fixed."),
              Option.of(
                  "--dtype",
                  "DTYPE",
                  "What to compute in: float32, bfloat16, float16, or bfloat16-mixed and"
                      + " float16-mixed, which take 16 bits for products and convolutions only."
                      + " Inputs and outputs keep theirs. Default: as the model is."),
              Option.flag(
                  "--no-freeze",
                  "Keep weights as they are, so that they can be replaced; by default they become"
                      + " constants, which is faster."),
              Option.flag("--max-autotune", "Try several kernels on this machine. Takes long."),
              Option.of(
                  "--isa",
                  "LEVEL",
                  "The processors to compile for: x86-64-v2, x86-64-v3 (AVX2), x86-64-v4 (AVX-512),"
                      + " or native, the default, which is this one."),
              Option.of(
                  "--threads",
                  "N",
                  "Compile for so many threads, which is then the number that it runs on. Default:"
                      + " for any number."),
              Option.of("--device", "DEVICE", "Compile for cpu, which is the default, or cuda."),
              Option.of("--name", "NAME", "Of the model in the package. Default: model."),
              Option.flag("--add", "Keep the models that are in the package already."),
              Option.of(
                  "--max-error",
                  "E",
                  "The largest error of the package's answers, such as 2% or 0.02, above which"
                      + " none is written. Default: 2%."),
              Option.repeatable(
                  "--inductor",
                  "KEY=VALUE",
                  "An option of torch._inductor.config, its value as JSON."),
              Option.of("--python", "FILE", "The Python to use."),
              Option.of(
                  "--timeout", "TIME", "How long it may take, such as 90s or 1h. Default: 1h."),
              Options.SEED,
              Options.JSON,
              Options.QUIET));

  private ExportSpec() {}
}
