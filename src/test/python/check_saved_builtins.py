"""Runs in Python the built-ins that BuiltinTest saved, and compares with the outputs that they gave there.

  mvn -Dnarthex.saved=FOLDER -Dtest=BuiltinTest test
  python src/test/python/check_saved_builtins.py FOLDER
"""

import pathlib
import sys

import numpy
import torch

TOLERANCE = 1e-5  # of the largest value: another number of threads adds in another order


def tensors(arrays, kind):
    names = sorted((name for name in arrays.files if name.startswith(kind)), key=lambda n: int(n.split(".")[1]))
    return [torch.from_numpy(arrays[name]) for name in names]


def error(file):
    arrays = numpy.load(file.with_suffix(".npz"))
    model = torch.jit.load(str(file))
    with torch.no_grad():
        outputs = model(*tensors(arrays, "input"))
    outputs = [outputs] if isinstance(outputs, torch.Tensor) else list(outputs)
    expected = tensors(arrays, "output")
    assert [x.shape for x in outputs] == [x.shape for x in expected], file
    return max(float((a - b).abs().max() / b.abs().max()) for a, b in zip(outputs, expected))


def main(folder):
    files = sorted(folder.glob("*.pt"))
    if not files:
        sys.exit(f"no models in {folder}")
    errors = {file.stem: error(file) for file in files}
    for name, value in errors.items():
        print(f"{name}: largest difference {value:.2g} of the largest output")
    sys.exit(any(not value <= TOLERANCE for value in errors.values()))


main(pathlib.Path(sys.argv[1]))
