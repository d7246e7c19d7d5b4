"""Makes src/test/resources/builtins/*.txt: the tensors of torchvision's models, one on a line.

Run from anywhere:  python src/test/python/make_builtin_tensors.py
Made with torch 2.15.0 and torchvision 0.29.2. Tests read the files; they never run this script.
"""

import pathlib

import torchvision
from torch import nn

TARGET = pathlib.Path(__file__).resolve().parent.parent / "resources" / "builtins"


def line(kind, name, tensor):
    shape = "x".join(str(size) for size in tensor.shape) or "scalar"
    return f"{kind} {name} {str(tensor.dtype).removeprefix('torch.')} {shape}\n"


def write(name: str, model: nn.Module):
    lines = [line("parameter", *entry) for entry in model.named_parameters()]
    lines += [line("buffer", *entry) for entry in model.named_buffers()]
    (TARGET / f"{name}.txt").write_text("".join(sorted(lines)))


TARGET.mkdir(exist_ok=True)
write("mlp", torchvision.ops.MLP(784, [256, 128, 10]))
write("resnet18", torchvision.models.resnet18())
write("resnet50", torchvision.models.resnet50())
