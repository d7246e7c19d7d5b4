"""Makes src/test/resources/engines: models that need a library, as those of Torch-TensorRT do.

    python src/test/python/make_engines.py target/native/libnarthex_engine.so

in an environment with torch 2.15.0, from the repository's root, with the library that the native tests are built with.
"""

import sys
import tempfile
from pathlib import Path

import torch
from make_fixtures import RESOURCES, rewrite_zip, without_paths
from make_packages import shrink
from torch import nn

FOLDER = RESOURCES / "engines"


class Tripled(nn.Module):
    def __init__(self):
        super().__init__()
        self.engine = torch.classes.tensorrt.Engine(3.0)

    def forward(self, x):
        return torch.ops.tensorrt.execute_engine([x], self.engine)[0]


class Nowhere(nn.Module):
    """Calls an operator that no library of the tests has."""

    def forward(self, x):
        return torch.ops.nowhere.twice(x)


class FakeEngine:
    def __init__(self, factor):
        self.factor = factor

    @classmethod
    def __obj_unflatten__(cls, flat):
        return cls(**dict(flat))


def save(module, name):
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / name
        torch.jit.script(module.eval()).save(whole)
        rewrite_zip(whole, FOLDER / name, without_paths)


def main():
    FOLDER.mkdir(exist_ok=True)
    torch.classes.load_library(sys.argv[1])
    torch._library.register_fake_class("tensorrt::Engine")(FakeEngine)
    torch.library.register_fake("tensorrt::execute_engine")(lambda inputs, engine: [torch.empty_like(x) for x in inputs])
    save(Tripled(), "engine.pt")

    library = torch.library.Library("nowhere", "DEF")
    library.define("twice(Tensor x) -> Tensor")
    save(Nowhere(), "nowhere.pt")

    program = torch.export.export(Tripled().eval(), (torch.ones(2, 3),))
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "engine.pt2"
        configuration = {"cpp.march": "x86-64-v2", "cpp.simdlen": 0}
        torch._inductor.aoti_compile_and_package(program, package_path=str(whole), inductor_configs=configuration)
        shrink(whole, Path(folder), FOLDER / whole.name)


if __name__ == "__main__":
    main()
