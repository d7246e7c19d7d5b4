"""Loads in Python the files that TensorFileTest wrote, and compares with files.json.

  mvn -Dnarthex.written=FOLDER -Dtest=TensorFileTest test
  python src/test/python/check_tensor_files.py FOLDER

The state dict is loaded with weights_only=True, with and without mmap. Without the package
safetensors that file is left out.
"""

import base64
import json
import pathlib
import sys

import numpy as np
import torch

FIXTURE = pathlib.Path(__file__).resolve().parent.parent / "resources" / "files" / "files.json"


def restored(stored):
    dtype = getattr(torch, stored["dtype"])
    raw = bytearray(base64.b64decode(stored["data"]))
    data = torch.frombuffer(raw, dtype=dtype) if raw else torch.empty(0, dtype=dtype)
    return data.reshape(stored["shape"])


def same(expected, actual):
    if expected.dtype != actual.dtype or expected.shape != actual.shape:
        return False
    if not expected.numel():
        return True
    bits = [x.contiguous().reshape(-1).view(torch.uint8) for x in (expected, actual)]
    return torch.equal(*bits)


def loaded(folder):
    file = folder / "written.pt"
    yield "pt", torch.load(file, weights_only=True)
    yield "pt, mmap", torch.load(file, weights_only=True, mmap=True)
    with np.load(folder / "written.npz", allow_pickle=False) as arrays:
        yield "npz", {name: torch.from_numpy(arrays[name]) for name in arrays}
    try:
        from safetensors.torch import load_file
    except ImportError:
        print("safetensors is not installed: not checked")
        return
    yield "safetensors", load_file(folder / "written.safetensors")


def main(folder):
    described = json.loads(FIXTURE.read_text())
    wrong = []
    for kind, tensors in loaded(folder):
        expected = {}
        for source in ("kinds.pt", "views.pt"):
            for name, stored in described[source]["tensors"].items():
                expected[name] = restored(stored)
        if kind == "npz":
            expected = {k: v.float() if v.dtype == torch.bfloat16 else v
                        for k, v in expected.items() if not k.startswith("float8")}
        if kind == "safetensors":
            expected.pop("complex128")
        if kind.startswith("pt") and tensors["tied"].data_ptr() != tensors["tied_too"].data_ptr():
            wrong.append(f"{kind}: tied")
        if expected.keys() != tensors.keys():
            wrong.append(f"{kind}: {sorted(expected.keys() ^ tensors.keys())}")
        wrong += [f"{kind}: {k}" for k in expected if not same(expected[k], tensors[k])]
        print(f"{kind}: {len(tensors)} tensors")
    sys.exit("\n".join(wrong) if wrong else 0)


main(pathlib.Path(sys.argv[1]))
