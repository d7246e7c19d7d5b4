package io.github.narthex.errors;

import io.github.narthex.Device;
import io.github.narthex.FakePackage;
import io.github.narthex.Fixtures;
import io.github.narthex.Model;
import io.github.narthex.ModelPackage;
import io.github.narthex.PackageWeights;
import io.github.narthex.Value;
import io.github.narthex.Weights;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

final class PackageErrors extends ErrorCases {
  private static final ModelPackage.Options ANY = ModelPackage.Options.DEFAULT;

  PackageErrors(Arena arena, Path root) {
    super(arena, root);
    fake("… is a damaged package: …", new FakePackage().withoutMetadata());
    thrown("… has several models, …: name one", () -> load("packages/two_models.pt2"));
    options("… has no model 'x', it has: …", "packages/plain.pt2", ANY.withModel("x"));
    command(
        "--package is for AOTInductor packages (.pt2), which mlp is not",
        "run",
        "mlp",
        "--package",
        "force");
    packageOption("bad value of --package: unknown key 'runers'; did you mean …", "runers=2");
    packageOption(
        "bad value of --package: runners: expected a whole number from 1 to …, found 'many'",
        "runners=many");
    said(
        "bad value of --package: single-threaded has no locks: …",
        () ->
            told(
                "load",
                fixture("packages/plain.pt2"),
                "--threads=1x2",
                "--package=single-threaded"));
    options("… is no AOTInductor package but …", "models/mlp.pt", ANY);
    thrown(
        "the model in memory is an AOTInductor package, which libtorch runs from a file only:"
            + " write it to one",
        () ->
            Model.load(arena, Files.readAllBytes(Fixtures.path("packages/plain.pt2")), Device.CPU));
    options(
        "… is not one of the packages that may be loaded: its SHA-256 is …",
        "packages/plain.pt2",
        ANY.allow(Set.of("00")));
    fake(
        "… was compiled for cuda and can't run on cpu: …",
        new FakePackage().metadata("cuda", "x86_64", ""));
    fake(
        "… was compiled for processors with …, which this one lacks: …",
        new FakePackage().spec("2.10.0", "\"avx4096\""));
    fake(
        "… was compiled by torch 99.0.0, and libtorch … runs: …",
        new FakePackage().spec("99.0.0", ""));
    fake("…/net.pt2 can't be loaded: …", new FakePackage());
    thrown(
        "forward: argument 'x' (ARGS[0]): expected float32 [batch 1..16, 8], got float32 17x8",
        () -> dynamic().forward(arena, zeros(17, 8)));
    thrown(
        "forward: argument 'x' (a tensor) is missing",
        () -> dynamic().call(arena, "forward", List.of()));
    thrown(
        "forward: argument 'x': expected a tensor, got an integer",
        () -> dynamic().call(arena, "forward", List.of(Value.of(1))));
    thrown(
        "an AOTInductor package is compiled code, which can't be frozen: …",
        () -> dynamic().freeze(arena));
    thrown(
        "the weights do not fit: 1 not in the model (x)",
        () -> PackageWeights.overwrite(dynamic(), new Weights().parameter("x", zeros(1))));
  }

  private Model dynamic() {
    return load("packages/dynamic_batch.pt2");
  }

  private void packageOption(String message, String option) {
    command(message, "run", fixture("packages/plain.pt2"), "--package", option);
  }

  private void fake(String message, FakePackage file) {
    thrown(message, () -> Model.load(arena, file.in(folder())));
  }

  private void options(String message, String file, ModelPackage.Options options) {
    thrown(message, () -> Model.load(arena, Fixtures.path(file), Device.CPU, options));
  }
}
