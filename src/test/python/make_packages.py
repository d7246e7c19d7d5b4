"""Makes the AOTInductor packages in src/test/resources/packages, for any x86-64 machine of level 2.

    python src/test/python/make_packages.py [ISA]

in an environment with torch 2.15.0, from the repository's root; with another torch to test with that. Those that compile
for their own machine only (2.12 and before) take the ISA native. packages.json has, for each package and model, inputs
and what it answers. Compiled libraries are stripped and the archives compressed, so that they are small.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import torch
from make_fixtures import rewrite_zip, without_paths
from torch import nn

ROOT = Path(__file__).resolve().parents[3]
EXPORT = ROOT / "src/main/resources/io/github/narthex/export/narthex_export"
PACKAGES = ROOT / "src/test/resources/packages"
ISA = sys.argv[1] if len(sys.argv) > 1 else "x86-64-v2"

# Where headers and generated sources were, as libraries name them in messages.
FOLDERS = rb"(/[\w.+-]+)+/(?=include/torch/csrc/|\w{52}\.(wrapper|kernel)\.cpp)"


class LinearRelu(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(8, 4)

    def forward(self, x):
        return torch.relu(self.linear(x))


class Mixed(nn.Module):
    """Two inputs of different dtypes, one by keyword, and outputs in a dict."""

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(16, 8)
        self.linear = nn.Linear(8, 4)

    def forward(self, x, ids, *, scale):
        scores = self.linear(x + self.table(ids).sum(1)) * scale
        return {"scores": scores, "best": (scores.argmax(1), ids + 1)}


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 8)

    def forward(self, code):
        return torch.tanh(self.linear(code))


class Image(nn.Module):
    def forward(self, image):
        return image * 2 + 1


class Counter(nn.Module):
    """Changes its own state."""

    def __init__(self):
        super().__init__()
        self.register_buffer("calls", torch.zeros(1))

    def forward(self, x):
        self.calls.add_(1)
        return x + self.calls


class Views(nn.Module):
    """Answers with its input, and with a part of it."""

    def forward(self, x):
        return {"scores": x, "best": (x[1:], x * 2)}


def export(source, output, *options):
    command = [sys.executable, str(EXPORT), str(source), "--output", str(output), "--isa", ISA, *options]
    environment = {name: value for name, value in os.environ.items() if name != "TORCHINDUCTOR_CACHE_DIR"}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)


def shrink(path, folder, target):
    """Strips the libraries of a package, takes out what names this machine, and compresses it."""
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in source.namelist():
            data = source.read(name)
            if name.endswith(".so"):
                library = folder / "library.so"
                library.write_bytes(data)
                subprocess.run(["strip", "--strip-unneeded", library], check=True)
                data = re.sub(FOLDERS, lambda match: b"/" * len(match[0]), library.read_bytes())
            elif name.endswith(".cpp"):
                data = data.partition(b"// Compile cmd")[0]
                data = b"".join(line for line in data.splitlines(keepends=True) if b"torchinductor" not in line)
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)


def array(tensor):
    return {
        "dtype": str(tensor.dtype).removeprefix("torch."),
        "shape": list(tensor.shape),
        "strides": list(tensor.stride()),
        "values": tensor.flatten().tolist(),
    }


def case(package, model, inputs):
    """One call of a package: flattened inputs and outputs by their names."""
    path = PACKAGES / f"{package}.pt2"
    loaded = torch._inductor.package.load_package(str(path), model)
    results = loaded.loader.run([tensor.clone(memory_format=torch.preserve_format) for tensor in inputs.values()])
    names = {1: ["RESULT[0]"], 3: ["RESULT[scores]", "RESULT[best][0]", "RESULT[best][1]"]}[len(results)]
    return {
        "package": package,
        "model": model,
        "inputs": {name: array(tensor) for name, tensor in inputs.items()},
        "outputs": {name: array(tensor) for name, tensor in zip(names, results)},
    }


def ramp(*shape):
    """Numbers from -1 to 1."""
    return torch.linspace(-1, 1, torch.Size(shape).numel()).reshape(shape)


def main():
    PACKAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        here = __file__
        made = {stem: folder / f"{stem}.pt2" for stem in
                ("linear_relu", "dynamic_batch", "mixed", "two_models", "channels_last", "counter", "views", "plain")}  # fmt: skip
        packed = "cpp.weight_prepack=true"  # weights in oneDNN's layout, as packages for one machine have them
        export(f"{here}:LinearRelu", made["linear_relu"], "--input", "2x8", "--inductor", packed)
        export(f"{here}:LinearRelu", made["dynamic_batch"], "--input", "2x8", "--dynamic", "batch:x.0=1..16")
        export(f"{here}:Mixed", made["mixed"], "--input", "2x8", "--input", "2x3:int64:0..15", "--input",
               "scale=scalar:float32:0.5..2", "--no-freeze")  # fmt: skip
        export(f"{here}:LinearRelu", made["two_models"], "--input", "2x8", "--name", "encoder")
        export(f"{here}:Decoder", made["two_models"], "--input", "2x4", "--name", "decoder", "--add")
        export(f"{here}:Counter", made["counter"], "--input", "3", "--no-freeze")
        export(f"{here}:Views", made["views"], "--input", "2x3")

        image = ramp(1, 3, 4, 4).to(memory_format=torch.channels_last)
        saved = folder / "image.pt2"
        torch.export.save(torch.export.export(Image(), (image,)), saved)
        export(saved, made["channels_last"])

        torch.manual_seed(0)
        program = torch.export.export(LinearRelu().eval(), (ramp(2, 8),))
        torch.export.save(program, folder / "program.pt2")
        rewrite_zip(folder / "program.pt2", PACKAGES / "program.pt2", without_paths)
        configuration = {"cpp.march": ISA, "cpp.simdlen": 0} if ISA != "native" else {}
        torch._inductor.aoti_compile_and_package(program, package_path=str(made["plain"]), inductor_configs=configuration)
        for path in made.values():
            shrink(path, folder, PACKAGES / path.name)

    x = ramp(2, 8)
    cases = [
        case("linear_relu", "model", {"ARGS[0]": x}),
        case("plain", "model", {"ARGS[0]": x}),
        *[case("dynamic_batch", "model", {"ARGS[0]": ramp(batch, 8)}) for batch in (1, 2, 16)],
        case("mixed", "model", {"ARGS[0]": x, "ARGS[1]": torch.tensor([[0, 5, 15], [3, 1, 2]]), "KWARGS[scale]": torch.tensor(1.5)}),
        case("two_models", "encoder", {"ARGS[0]": x}),
        case("two_models", "decoder", {"ARGS[0]": ramp(2, 4)}),
        case("channels_last", "model", {"ARGS[0]": image}),
        case("counter", "model", {"ARGS[0]": ramp(3)}),
        case("views", "model", {"ARGS[0]": ramp(2, 3)}),
    ]  # fmt: skip
    (PACKAGES / "packages.json").write_text(json.dumps({"torch": torch.__version__.partition("+")[0], "cases": cases}) + "\n")
    for path in sorted(PACKAGES.iterdir()):
        print(f"{path.stat().st_size:9,} {path.name}")


if __name__ == "__main__":
    main()
