package io.github.narthex.errors;

import java.lang.foreign.Arena;
import java.nio.file.Path;

final class CommandLineErrors extends ErrorCases {
  CommandLineErrors(Arena arena, Path root) {
    super(arena, root);
    command("unknown command bnech; did you mean bench?", "bnech");
    command("unknown option --recpie; did you mean --recipe?", "bench", "--recpie", "freeze");
    command("option --json needs a value: FILE", "bench", "mlp", "--json");
    command("option --quiet takes no value", "bench", "mlp", "--quiet=yes");
    command("option --json is given twice", "bench", "mlp", "--json", "a", "--json", "b");
    command("inspect needs MODEL", "inspect");
    command("unexpected argument 'b.pt'", "claims", "a.pt", "b.pt");
    command("bad value '0' of --threads: expected …", "bench", "mlp", "--threads", "0");
    command(
        "only one of --iterations and --duration can be given",
        "bench",
        "--duration",
        "1",
        "--iterations",
        "3");
    command("only one of --json and --csv can be standard output", "bench", "--json=-", "--csv=-");
    command(
        "bad value of --input: bad input '1x-3' at position 3: expected a size of a dimension,"
            + " found '-3'",
        "run",
        "mlp",
        "--input",
        "1x-3");
    command(
        "there are 2 inputs, and forward takes (x: Tensor)",
        "run",
        "mlp",
        "--input",
        "1x784",
        "--input",
        "1");
    command(
        "there is no argument 'y': forward takes (x: Tensor)", "run", "mlp", "--input", "y=1x784");
    said(
        "the argument 'x' is a …, which can't be described as an input: call the model from Java",
        () -> {
          Path file = folder().resolve("list.pt");
          script("def forward(self, x: List[Tensor]):\n    return x[0]\n").save(file);
          return told("run", file.toString(), "--input", "1");
        });
    command("there is no device cuda:…: …", "bench", "mlp", "--device", "cuda:99");
    said(
        "cannot write …: there is no directory …",
        () -> told("bench", "mlp", "--json", folder().resolve("no/a.json").toString()));
    command(
        "only one of --concurrency, --rate and --scenario can be given, found …",
        "load",
        "mlp",
        "--rate",
        "5",
        "--concurrency",
        "2");
    command(
        "--scenario server needs the bound to keep, such as --slo p99=20ms",
        "load",
        "mlp",
        "--scenario",
        "server");
    command("bad value 'p98=1ms' of --slo: …", "load", "mlp", "--slo", "p98=1ms");
    command(
        "bad value '0' of --minutes: expected a number from 0.2 to …",
        "soak",
        "mlp",
        "--minutes",
        "0");
    command(
        "bad value '1' of …: expected growth in an hour, such as …",
        "soak",
        "mlp",
        "--max-memory-growth",
        "1");
  }
}
