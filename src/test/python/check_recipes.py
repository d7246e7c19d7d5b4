"""Applies recipes to a model file, and compares what Python's torch and Narthex make of the files that come out.

  python src/test/python/check_recipes.py MODEL INPUT.npy RECIPE...
"""

import pathlib
import re
import subprocess
import sys
import tempfile

import numpy
import torch

TOLERANCE = 1e-4  # of the largest value: another number of threads adds in another order
DEFAULT_ENGINE = torch.backends.quantized.engine
ROOT = pathlib.Path(__file__).parents[3]


def narthex(*arguments):
    subprocess.run([str(ROOT / "bin/narthex"), *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)


def error(model, given, recipe, folder):
    file, output = folder / "applied.pt", folder / "output.npy"
    narthex("apply", model, "--recipe", recipe, "--input", given, "--output", file, "--force", "--duration", "0.1")
    narthex("run", file, "--input", given, "--output", output)
    engine = re.search("engine=(\\w+)", recipe)  # a file has weights that are packed when it is loaded
    torch.backends.quantized.engine = engine[1] if engine else DEFAULT_ENGINE
    with torch.no_grad():
        answer = torch.jit.load(str(file))(torch.from_numpy(numpy.load(given)))
    while not isinstance(answer, torch.Tensor):
        answer = (list(answer.values()) if isinstance(answer, dict) else answer)[0]
    expected = torch.from_numpy(numpy.load(output))
    assert answer.shape == expected.shape, (answer.shape, expected.shape)
    return float((answer - expected).abs().max() / expected.abs().max()), file.stat().st_size


def main(model, given, recipes):
    worst = 0
    for recipe in recipes:
        with tempfile.TemporaryDirectory() as folder:
            difference, size = error(model, given, recipe, pathlib.Path(folder))
        print(f"{recipe}: {size / 1e6:.1f} MB, largest difference {difference:.2g} of the largest output", flush=True)
        worst = max(worst, difference)
    sys.exit(not worst <= TOLERANCE)


main(sys.argv[1], sys.argv[2], sys.argv[3:])
