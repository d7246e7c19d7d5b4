"""Makes src/test/resources/builtins/*.txt: the tensors of Python's models, one on a line.

Run from anywhere:  python src/test/python/make_builtin_tensors.py
Made with torch 2.15.0, torchvision 0.29.2 and transformers 5.23.0. Tests read the files; they never
run this script.
"""

import pathlib

from torch import nn

from builtin_references import MODELS

TARGET = pathlib.Path(__file__).resolve().parent.parent / "resources" / "builtins"


def line(kind, name, tensor):
    shape = "x".join(str(size) for size in tensor.shape) or "scalar"
    return f"{kind} {name} {str(tensor.dtype).removeprefix('torch.')} {shape}\n"


def write(name: str, model: nn.Module):
    saved = model.state_dict()  # not all buffers are
    lines = [line("parameter", *entry) for entry in model.named_parameters()]
    lines += [line("buffer", *entry) for entry in model.named_buffers() if entry[0] in saved]
    (TARGET / f"{name}.txt").write_text("".join(sorted(lines)))


TARGET.mkdir(exist_ok=True)
for name, make in MODELS.items():
    write(name, make())
