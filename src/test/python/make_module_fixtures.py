"""Makes src/test/resources/modules: what models take and return, where they were saved, what was saved with them.

Run it with Python's torch; made-with.txt says which versions made what is checked in. After make_fixtures.py, whose
models/mlp.pt it changes.
"""

import platform
from enum import Enum
from typing import Dict, List, NamedTuple, Optional, Tuple

import numpy as np
import torch
from torch import Tensor, nn

from make_fixtures import MODELS, RESOURCES, ConvNet, Mlp, hide_paths, rewrite_zip, structured_statistics

FOLDER = RESOURCES / "modules"


class Containers(nn.Module):
    """Each tensor times its integer; the integers negated."""

    def forward(
        self, groups: Dict[str, List[Tuple[Tensor, int]]]
    ) -> Dict[str, List[Tuple[Tensor, int]]]:
        result: Dict[str, List[Tuple[Tensor, int]]] = {}
        for key, pairs in groups.items():
            changed: List[Tuple[Tensor, int]] = []
            for tensor, factor in pairs:
                changed.append((tensor * factor, -factor))
            result[key + "!"] = changed
        return result


class Box(NamedTuple):
    corner: Tensor
    label: str
    score: Optional[float]


class NamedTuples(nn.Module):
    """Moves a box; without a score its label changes."""

    def forward(self, box: Box, by: float) -> Tuple[Box, int]:
        label = box.label if box.score is not None else box.label + "?"
        return Box(box.corner + by, label, box.score), len(label)


class Keywords(nn.Module):
    def forward(
        self, x, scale: float = 1.0, bias: Optional[Tensor] = None, times: int = 1
    ) -> Tensor:
        y = x * scale * times
        return y if bias is None else y + bias


class Several(nn.Module):
    def forward(self, x) -> Tuple[Tensor, List[Tensor], Optional[str], Dict[int, Tensor]]:
        return x, [x + 1, x + 2], None, {7: x + 3}


class Color(Enum):
    RED = 1
    GREEN = 2


class Forks(nn.Module):
    """Computes on another thread of libtorch's."""

    def part(self, x):
        return x.neg()

    def forward(self, x):
        return torch.jit.wait(torch.jit.fork(self.part, x))


class Enums(nn.Module):
    def forward(self, x):
        return Color.GREEN


@torch.jit.script
class Counter:
    def __init__(self, start: int):
        self.count = start


class CustomClass(nn.Module):
    """Returns an object of a class of its own; `of` takes one."""

    def forward(self, x):
        return Counter(x.numel())

    @torch.jit.export
    def of(self, counter: Counter) -> int:
        return counter.count


@torch.jit.script
class Pair:
    def __init__(self, first: Tensor, second: Tensor):
        self.first = first
        self.second = second


class Held(nn.Module):
    """Its tensors are not only its attributes: they are in a list, a dict, a tuple and an object. One is there twice."""

    items: List[Tensor]
    table: Dict[str, List[Tensor]]
    pair: Tuple[Tensor, int]

    def __init__(self, twice=True):
        super().__init__()
        shared = torch.tensor([1.0, 2.0, 3.0])
        self.register_buffer("shared", shared)
        self.items = [shared if twice else shared.clone(), torch.tensor([0.5, 0.25, 0.125])]
        self.table = {"a": [torch.tensor([4.0, 5.0, 6.0])], "none": []}
        self.pair = (torch.tensor([-1.0, 1.0, -1.0]), 2)
        self.object = Pair(torch.ones(3), torch.arange(3))

    def forward(self, x, index: int = 1, key: str = "a"):
        # What is looked up stays a container when the model is frozen.
        y = x * self.shared + self.items[0] - self.items[index] * self.table[key][0]
        return y + self.pair[0] * self.pair[1] + self.object.first * self.object.second

    @torch.jit.export
    def dtypes(self) -> List[int]:
        return [
            self.shared.dtype,
            self.items[0].dtype,
            self.items[1].dtype,
            self.table["a"][0].dtype,
            self.pair[0].dtype,
            self.object.first.dtype,
            self.object.second.dtype,
        ]

    @torch.jit.export
    def is_shared(self) -> bool:
        """Whether what is written to the one is seen in the other."""
        self.items[0].add_(1.0)
        return bool((self.shared == self.items[0]).all())


class Exotic(nn.Module):
    """Tensors that are no real numbers: complex and quantised, as parameters, buffers and constants."""

    def __init__(self):
        super().__init__()
        self.wave = nn.Parameter(torch.tensor([1 + 2j, -1j]))
        self.register_buffer("fine", torch.tensor([0.5 + 0.25j], dtype=torch.complex128))
        scales = torch.tensor([0.5, 0.25])
        self.register_buffer("bytes", torch.quantize_per_tensor(torch.tensor([1.0, 2.5]), 0.5, 3, torch.quint8))
        self.register_buffer(
            "channels", torch.quantize_per_channel(torch.ones(2, 3), scales, torch.zeros(2).long(), 0, torch.qint8)
        )

    def forward(self, x):
        turned = torch.view_as_real(x * self.wave * self.fine)
        return turned + self.bytes.dequantize() * self.channels.dequantize().sum()


class Holder(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(5, 3))
        self.bias = nn.Parameter(torch.randn(5))


SOURCE = """
def forward(self, x: Tensor, scale: float = 2.0) -> Tensor:
    hidden = torch.relu(torch.matmul(x, self.layer.weight.t()) + self.layer.bias)
    if bool(hidden.sum() > 1000.0):
        hidden = hidden * 0.5
    return self.last(hidden) * scale

def last(self, x: Tensor) -> Tensor:
    return torch.softmax(x, dim=-1)
"""


def save(name, module):
    torch.jit.script(module.eval()).save(str(FOLDER / f"{name}.pt"))


def as_if_on_cuda(name, data):
    """A tensor's place is written as its name's length and its name, in the pickles."""
    if not name.endswith(".pkl"):
        return data
    here = b"X\x03\x00\x00\x00cpu"
    assert here in data or name.endswith(("constants.pkl", "debug_pkl"))
    return data.replace(here, b"X\x06\x00\x00\x00cuda:0")


def make_state_dicts():
    """Weights of another MLP and ConvNet than those in models, and what they compute."""
    for name, model, x in (
        ("mlp", Mlp(), torch.randn(2, 8)),
        ("convnet", structured_statistics(ConvNet()), torch.randn(2, 3, 32, 32)),
    ):
        model.eval()
        folder = FOLDER / f"{name}-state"
        folder.mkdir()
        for key, tensor in model.state_dict().items():
            np.save(folder / f"{key}.npy", tensor.numpy())
        with torch.no_grad():
            np.save(FOLDER / f"{name}-state.output.npy", model(x).numpy())
        np.save(FOLDER / f"{name}-state.input.npy", x.numpy())


def make_script():
    parent = nn.Module()
    parent.layer = layer = Holder()
    module = torch.jit.script(parent)
    module.define(SOURCE)
    x = torch.randn(4, 3)
    (FOLDER / "script.txt").write_text(SOURCE)
    np.save(FOLDER / "script.weight.npy", layer.weight.detach().numpy())
    np.save(FOLDER / "script.bias.npy", layer.bias.detach().numpy())
    np.save(FOLDER / "script.input.npy", x.numpy())
    with torch.no_grad():
        np.save(FOLDER / "script.output.npy", module(x, 3.0).numpy())


def main():
    if FOLDER.exists():
        for old in sorted(FOLDER.rglob("*"), reverse=True):
            old.rmdir() if old.is_dir() else old.unlink()
    FOLDER.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(21)
    hide_paths()
    save("containers", Containers())
    save("named-tuples", NamedTuples())
    save("keywords", Keywords())
    save("several", Several())
    save("enums", Enums())
    save("forks", Forks())
    save("custom-class", CustomClass())
    rewrite_zip(MODELS / "mlp.pt", FOLDER / "saved-on-cuda.pt", as_if_on_cuda)
    torch.jit.save(
        torch.jit.load(str(MODELS / "mlp.pt")),
        str(FOLDER / "extra-files.pt"),
        _extra_files={"labels.txt": "Katze\nHund \u00fc", "folder/table.bin": b"\x00\xff\x00", "empty": ""},
    )
    make_state_dicts()
    make_script()
    save("held", Held())
    save("held-apart", Held(twice=False))
    save("exotic", Exotic())
    save("packed", torch.ao.quantization.quantize_dynamic(nn.Sequential(nn.Linear(4, 2)), dtype=torch.qint8))
    (FOLDER / "made-with.txt").write_text(
        f"torch {torch.__version__}\nnumpy {np.__version__}\npython {platform.python_version()}\n"
    )


if __name__ == "__main__":
    main()
