"""Makes the files under src/test/resources/{models,formats,npy}.

Run from anywhere:  python src/test/python/make_fixtures.py
Made with torch 2.15.0 and numpy 2.4.6 on Python 3.11, Linux x86-64 (see resources/made-with.txt).
Tests read the files; they never run this script. Weights and inputs come from a fixed seed.
"""

import io
import json
import pathlib
import os
import pickle
import platform
import re
import struct
import tarfile
import zipfile
from typing import Dict, List, Optional, Tuple

import numpy as np
import torch
from torch import Tensor, nn

RESOURCES = pathlib.Path(__file__).resolve().parent.parent / "resources"
MODELS = RESOURCES / "models"
FORMATS = RESOURCES / "formats"
NPY = RESOURCES / "npy"


class Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(8, 16)
        self.out = nn.Linear(16, 4)

    def forward(self, x):
        return self.out(torch.relu(self.hidden(x)))


class ConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.conv2 = nn.Conv2d(8, 16, 3, stride=2, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(16)
        self.fc = nn.Linear(16, 10)

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        x = torch.relu(self.bn2(self.conv2(x)))
        return self.fc(x.mean(dim=[2, 3]))


class TupleOutput(nn.Module):
    def forward(self, x) -> Tuple[Tensor, Tensor]:
        return x + 1, x * 2


class DictOutput(nn.Module):
    def forward(self, x) -> Dict[str, Tensor]:
        return {"sum": x.sum(), "double": x * 2}


class ListInput(nn.Module):
    def forward(self, xs: List[Tensor]) -> Tensor:
        return torch.cat(xs, dim=0)


class ListOutput(nn.Module):
    def forward(self, x) -> List[Tensor]:
        return [x, x + 1, x + 2]


class OptionalArgument(nn.Module):
    def forward(self, x, bias: Optional[Tensor] = None, scale: float = 1.0) -> Tensor:
        y = x * scale
        return y if bias is None else y + bias


class OptionalOutput(nn.Module):
    def forward(self, x, wanted: bool) -> Optional[Tensor]:
        return x if wanted else None


class Scalars(nn.Module):
    def forward(
        self, x, i: int, d: float, flag: bool, s: str
    ) -> Tuple[Tensor, int, float, bool, str]:
        return x * i, i + 1, d * 2, not flag, s + "!"


class ScalarLists(nn.Module):
    def forward(self, ints: List[int], doubles: List[float]) -> Tuple[List[int], List[float]]:
        return [i * 2 for i in ints], [d + 0.5 for d in doubles]


class Nested(nn.Module):
    """In: (x, {"a": [t, ...]}); out: {key: (x + sum of the list, [sizes of the list's tensors])}."""

    def forward(
        self, x: Tuple[Tensor, Dict[str, List[Tensor]]]
    ) -> Dict[str, Tuple[Tensor, List[int]]]:
        base, lists = x
        result: Dict[str, Tuple[Tensor, List[int]]] = {}
        for key, tensors in lists.items():
            total = base
            sizes: List[int] = []
            for t in tensors:
                total = total + t
                sizes.append(t.numel())
            result[key] = (total, sizes)
        return result


class Identity(nn.Module):
    def forward(self, x):
        return x


class KeepsInput(nn.Module):
    """Returns the input of the call before (zeros at first) and stores this one, without a copy."""

    last: Tensor

    def __init__(self):
        super().__init__()
        self.register_buffer("last", torch.zeros(2, 3))

    def forward(self, x):
        before = self.last
        self.last = x
        return before


class Counts(nn.Module):
    """Changes its state in place: returns how often it ran, by a buffer and by a list."""

    seen: List[Tensor]

    def __init__(self):
        super().__init__()
        self.register_buffer("count", torch.zeros(1))
        self.seen = [torch.zeros(1)]

    def forward(self, x):
        self.count.add_(1)
        self.seen.append(x)
        return self.count * 100 + len(self.seen)


class View(nn.Module):
    """Returns the transposed input: a view, not contiguous."""

    def forward(self, x):
        return x.transpose(0, 1)


class ResizesInput(nn.Module):
    """Resizes its input in place: its storage must grow."""

    def forward(self, x):
        return x.resize_([64, 64]).fill_(1.0)


class WritesInput(nn.Module):
    def forward(self, x):
        return x.add_(1.0)


class SwapsStorage(nn.Module):
    """Stores its first input, then gives it the second one's storage; returns what it stored before."""

    last: Tensor

    def __init__(self):
        super().__init__()
        self.register_buffer("last", torch.zeros(2, 3))

    def forward(self, x, y):
        before = self.last
        self.last = x.detach()
        x.set_(y)
        return before


class ChangesContainers(nn.Module):
    """Appends to the lists it is given and returns their lengths."""

    def forward(self, xs: List[Tensor], ints: List[int]) -> Tuple[int, int]:
        xs.append(xs[0])
        ints.append(0)
        return len(xs), len(ints)


class Residual(nn.Module):
    """conv(x) + y: what a fuser would like to compute in place of y."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(8, 8, 3, padding=1)

    def forward(self, x, y):
        return torch.relu(self.conv(x) + y)


def deep_list():
    """A parameter of a type that is nested deeper than anyone needs."""
    module = torch.jit.ScriptModule()
    deep = "List[" * 70 + "Tensor" + "]" * 70
    module.define(f"def forward(self, x: {deep}) -> int:\n    return len(x)\n")
    return module


class Training(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 4)
        self.dropout = nn.Dropout(0.5)

    def forward(self, x):
        return self.dropout(self.fc(x))


class Raises(nn.Module):
    def forward(self, x):
        if x.numel() > 0:
            raise ValueError("this model always raises")
        return x


class Embedding(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(100, 6)

    def forward(self, ids):
        return self.embedding(ids).mean(dim=1)


class TwoInputs(nn.Module):
    def forward(self, a, b):
        return torch.matmul(a, b)


class Methods(nn.Module):
    """forward, an exported method, a parameter, a buffer, an attribute and a child."""

    scale: int

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(3))
        self.register_buffer("steps", torch.tensor(7, dtype=torch.int64))
        self.register_buffer("halves", torch.ones(2, dtype=torch.float16))
        self.scale = 3
        self.child = nn.Linear(3, 3)

    def forward(self, x):
        return self.child(x * self.weight)

    @torch.jit.export
    def scaled(self, x, by: int = 2):
        return x * by * self.scale


class Dtypes(nn.Module):
    """One output for each dtype, all 0, 1, 2 (bool: false, true, true)."""

    def forward(self, x) -> List[Tensor]:
        y = torch.arange(3, device=x.device)
        return [
            y.to(torch.float32),
            y.to(torch.float64),
            y.to(torch.float16),
            y.to(torch.bfloat16),
            y.to(torch.int8),
            y.to(torch.int16),
            y.to(torch.int32),
            y.to(torch.int64),
            y.to(torch.uint8),
            y.to(torch.bool),
        ]


class Complex(nn.Module):
    """Returns a tensor of a dtype that Narthex has no name for."""

    def forward(self, x):
        return torch.complex(x, x)


def rewrite_zip(source, target, change):
    """Copies a zip, stored, with `change(name, data)` for each entry; None leaves the entry out."""
    with zipfile.ZipFile(source) as old:
        entries = [(info.filename, old.read(info)) for info in old.infolist()]
    with zipfile.ZipFile(target, "w") as new:
        for name, data in entries:
            changed = change(name, data)
            if changed is not None:
                new.writestr(zipfile.ZipInfo(name), changed)


def hide_paths():
    """Makes scripted models name their source files without the folders of this machine."""
    original = torch._sources.get_source_lines_and_file

    def short(*args, **kwargs):
        lines, number, filename = original(*args, **kwargs)
        return lines, number, filename and os.path.basename(filename)

    torch._sources.get_source_lines_and_file = short
    torch.jit.frontend.get_source_lines_and_file = short


def without_paths(name, data):
    """For `rewrite_zip`: leaves out what names the folders of this machine."""
    if name.endswith(".debug_pkl"):
        return None
    if name.endswith("model.json"):
        return re.sub(rb"/[^\s\"\\]*/(?=[^/\s\"\\]+\.py)", b"", data)
    return data


def save(name, module, *inputs, trace=False, train=False):
    """Saves a TorchScript file and, for tensor inputs and outputs, both as .npy."""
    module.train(train)
    script = torch.jit.trace(module, inputs) if trace else torch.jit.script(module)
    path = MODELS / f"{name}.pt"
    script.save(str(path))
    if trace:
        rewrite_zip(path, path, without_paths)
    for i, x in enumerate(inputs):
        np.save(MODELS / f"{name}.input.{i}.npy", x.numpy())
    if not inputs:
        return
    with torch.no_grad():
        outputs = script(*[x.clone() for x in inputs])
    for i, y in enumerate(outputs if isinstance(outputs, (tuple, list)) else [outputs]):
        np.save(MODELS / f"{name}.output.{i}.npy", y.contiguous().numpy())


def structured_statistics(model):
    """Gives batch norm something else than 0 and 1."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.uniform_(-0.5, 0.5)
            module.running_var.uniform_(0.5, 1.5)
    return model


def make_models():
    save("mlp", Mlp(), torch.randn(2, 8))
    save("mlp-traced", Mlp(), torch.randn(2, 8), trace=True)
    save("convnet", structured_statistics(ConvNet()), torch.randn(2, 3, 32, 32))
    save("tuple-output", TupleOutput(), torch.randn(2, 3))
    save("list-output", ListOutput(), torch.randn(2, 3))
    save("embedding", Embedding(), torch.randint(0, 100, (2, 5)))
    save("two-inputs", TwoInputs(), torch.randn(2, 3), torch.randn(3, 4))
    save("dict-output", DictOutput())
    save("list-input", ListInput())
    save("optional-argument", OptionalArgument())
    save("optional-output", OptionalOutput())
    save("scalars", Scalars())
    save("scalar-lists", ScalarLists())
    save("nested", Nested())
    save("identity", Identity())
    save("keeps-input", KeepsInput())
    save("counts", Counts())
    save("view", View())
    save("resizes-input", ResizesInput())
    save("writes-input", WritesInput())
    save("training", Training(), train=True)
    save("raises", Raises())
    save("methods", Methods())
    save("dtypes", Dtypes())
    save("complex", Complex())
    frozen = torch.jit.freeze(torch.jit.script(Mlp().eval()))
    frozen.save(str(MODELS / "mlp-frozen.pt"))
    save("swaps-storage", SwapsStorage())
    save("changes-containers", ChangesContainers())
    save("residual", Residual())
    deep_list().save(str(MODELS / "deep-list.pt"))


def onnx_model():
    """An ONNX file by hand: protobuf of ir_version 8, a producer, and one Identity node."""

    def field(number, payload):
        return bytes([number << 3 | 2, len(payload)]) + payload

    def tensor_type(name):
        shape = field(1, field(1, b"\x08\x01"))
        return field(1, name) + field(2, field(1, b"\x08\x01" + field(2, shape)))

    node = field(1, b"x") + field(2, b"y") + field(4, b"Identity")
    graph = field(1, node) + field(2, b"g") + field(11, tensor_type(b"x"))
    graph += field(12, tensor_type(b"y"))
    opset = field(8, b"\x10\x11")
    return b"\x08\x08" + field(2, b"by-hand") + field(7, graph) + opset


def make_formats():
    mlp = Mlp().eval()
    torch.save(mlp.state_dict(), FORMATS / "state_dict.pth")
    torch.save(mlp.state_dict(), FORMATS / "state_dict-protocol4.pth", pickle_protocol=4)
    torch.save({"epoch": 3, "model": mlp.state_dict()}, FORMATS / "checkpoint.pth")
    torch.save(nn.Sequential(nn.Linear(4, 4), nn.ReLU()), FORMATS / "pickled-module.pth")
    torch.save(torch.ones(2, 3), FORMATS / "tensor.pth")
    torch.save(mlp.state_dict(), FORMATS / "legacy.pth", _use_new_zipfile_serialization=False)
    (FORMATS / "plain.pkl").write_bytes(pickle.dumps({"a": [1, 2]}, protocol=4))

    with tarfile.open(FORMATS / "legacy-tar.pth", "w") as tar:
        for name in ("sys_info", "storages", "tensors", "pickle"):
            tar.addfile(tarfile.TarInfo(name), io.BytesIO())

    example = (torch.randn(2, 8),)
    program = torch.export.export(mlp, example)
    exported = FORMATS / "torch-export.pt2"
    torch.export.save(program, exported)
    rewrite_zip(exported, exported, without_paths)
    # Its compiled code, 1.6 MB and for one CPU, is replaced: the file is there to be recognised.
    package = FORMATS / "aoti.pt2"
    torch._inductor.aoti_compile_and_package(program, package_path=str(package))
    keep = (".so", ".json", "archive_format", "archive_version", "version", "byteorder")
    rewrite_zip(
        package,
        package,
        lambda name, data: (b"" if name.endswith(".so") else data)
        if name.endswith(keep)
        else None,
    )

    (FORMATS / "model.onnx").write_bytes(onnx_model())
    header = json.dumps({"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).encode()
    safetensors = struct.pack("<Q", len(header)) + header + struct.pack("<2f", 1, 2)
    (FORMATS / "model.safetensors").write_bytes(safetensors)
    (FORMATS / "model.gguf").write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, 0))

    whole = (MODELS / "mlp.pt").read_bytes()
    (FORMATS / "truncated.pt").write_bytes(whole[: len(whole) // 2])
    rewrite_zip(
        MODELS / "mlp.pt",
        FORMATS / "version99.pt",
        lambda name, data: b"99\n" if name.endswith("/version") else data,
    )
    rewrite_zip(
        MODELS / "mlp.pt",
        FORMATS / "damaged-code.pt",
        lambda name, data: b"def forward(self:\n" if name.endswith("__torch__.py") else data,
    )
    with zipfile.ZipFile(FORMATS / "other.zip", "w") as other:
        other.writestr(zipfile.ZipInfo("readme.txt"), "not a model")


def make_npy():
    values = np.arange(6).reshape(2, 3)
    for dtype in ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "b1"):
        for order in ("<", ">") if dtype[1] != "1" else ("|",):
            name = {"<": "little", ">": "big", "|": "byte"}[order]
            np.save(NPY / f"{dtype}-{name}.npy", values.astype(order + dtype))
    np.save(NPY / "fortran.npy", np.asfortranarray(np.arange(24.0).reshape(2, 3, 4)))
    np.save(NPY / "fortran-big.npy", np.asfortranarray(values.astype(">f4")))
    np.save(NPY / "scalar.npy", np.float32(1.5))
    np.save(NPY / "empty.npy", np.zeros((0, 3), dtype="f4"))
    for version in ((1, 0), (2, 0), (3, 0)):
        with open(NPY / f"version{version[0]}.npy", "wb") as file:
            np.lib.format.write_array(file, values.astype("<f4"), version=version)
    np.save(NPY / "object.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    np.save(NPY / "structured.npy", np.zeros(2, dtype=[("x", "<f4"), ("y", "<i4")]))
    np.save(NPY / "complex.npy", np.zeros(2, dtype="<c8"))
    np.save(NPY / "text.npy", np.array(["ab", "c"]))
    np.save(NPY / "uint16.npy", np.zeros(2, dtype="<u2"))


def main():
    for folder in (MODELS, FORMATS, NPY):
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
    torch.manual_seed(20)
    hide_paths()
    make_models()
    make_formats()
    make_npy()
    (RESOURCES / "made-with.txt").write_text(
        f"torch {torch.__version__}\nnumpy {np.__version__}\npython {platform.python_version()}\n"
    )


if __name__ == "__main__":
    main()
