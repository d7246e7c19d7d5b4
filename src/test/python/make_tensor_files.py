"""Makes src/test/resources/files: files of tensors as Python writes them, and what is in them.

Run from anywhere:  python src/test/python/make_tensor_files.py
Made with torch 2.15.0, numpy 2.4.6 and safetensors 0.8.0. Tests read the files; they never run this
script. files.json has of each tensor the dtype, shape, strides (of torch.save) and elements, by the
name that TensorFile gives it, and of each file the values beside the tensors.
"""

import base64
import io
import json
import pathlib
import zipfile
from collections import OrderedDict

import numpy as np
import torch
from safetensors.torch import save_file

TARGET = pathlib.Path(__file__).resolve().parent.parent / "resources" / "files"
DTYPES = [
    torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32,
    torch.int16, torch.int8, torch.uint64, torch.uint32, torch.uint16, torch.uint8, torch.bool,
    torch.complex64, torch.complex128, torch.float8_e4m3fn, torch.float8_e4m3fnuz,
    torch.float8_e5m2, torch.float8_e5m2fnuz, torch.float8_e8m0fnu]
manifest = {}


def name(dtype):
    return str(dtype).removeprefix("torch.")


def example(dtype):
    values = torch.tensor([[0, 1, 2], [3, -4, 96]], dtype=torch.float64)
    if not dtype.is_signed or dtype == torch.float8_e8m0fnu:
        values = values.abs()
    return (values * (1 + 2j) if dtype.is_complex else values).to(dtype)


def described(tensor):
    raw = tensor.contiguous().reshape(-1).view(torch.uint8) if tensor.numel() else torch.empty(0)
    return {
        "dtype": name(tensor.dtype), "shape": list(tensor.shape), "strides": list(tensor.stride()),
        "data": base64.b64encode(raw.numpy().tobytes()).decode()}


def expect(file, tensors, metadata=None):
    manifest[file] = {
        "tensors": {key: described(tensor) for key, tensor in tensors.items()},
        "metadata": metadata or {}}


def save(file, value, tensors, metadata=None, **options):
    torch.save(value, TARGET / file, **options)
    expect(file, tensors, metadata)


def kinds():
    tensors = {name(dtype): example(dtype) for dtype in DTYPES}
    tensors["scalar"] = torch.tensor(2.5)
    tensors["empty"] = torch.zeros(0, 3)
    save("kinds.pt", tensors, tensors)
    stored = {k: v for k, v in tensors.items() if v.dtype != torch.complex128}
    save_file(stored, TARGET / "kinds.safetensors", metadata={"format": "pt", "made by": "Python"})
    data = (TARGET / "kinds.safetensors").read_bytes()
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    ordered = {key: stored[key] for key in header if key in stored}
    expect("kinds.safetensors", ordered, header["__metadata__"])


def checkpoint():
    model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.5, eps=0.001)
    model(torch.ones(4, 3)).sum().backward()
    optimizer.step()
    value = {
        "model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3,
        "best": 0.25, "name": "größer", "done": False, "dtype": torch.float16,
        "shape": torch.Size([2, 3]), "large": 2**40, "negative": -5, "none": None}
    tensors = {f"model.{k}": v for k, v in model.state_dict().items()}
    for key, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.state.{key}.{k}": v for k, v in state.items()}
    metadata = {}
    for key, item in optimizer.state_dict()["param_groups"][0].items():
        items = {f".{i}": x for i, x in enumerate(item)} if isinstance(item, (list, tuple)) else {"": item}
        metadata |= {f"optimizer.param_groups.0.{key}{i}": str(x) for i, x in items.items()}
    metadata |= {
        "epoch": "3", "best": "0.25", "name": "größer", "done": "False", "dtype": "torch.float16",
        "shape.0": "2", "shape.1": "3", "large": str(2**40), "negative": "-5", "none": "None"}
    save("checkpoint.pt", value, tensors, metadata)
    save("protocol4.pt", value, tensors, metadata, pickle_protocol=4)


def views():
    base = torch.arange(24, dtype=torch.float32).reshape(4, 6)
    tied = torch.arange(6, dtype=torch.int16)
    tensors = OrderedDict(
        base=base, transposed=base.t(), part=base[1:3, 2:5], steps=base[::2, ::3],
        expanded=base[0, :1].expand(3, 2), channels_last=torch.arange(
            24.0).reshape(1, 2, 3, 4).to(memory_format=torch.channels_last),
        parameter=torch.nn.Parameter(torch.ones(2)), tied=tied, tied_too=tied)
    save("views.pt", tensors, {k: v.detach() for k, v in tensors.items()})


def others():
    tensor, pair = torch.tensor([1.0, 2.0]), [torch.tensor([3]), torch.tensor([[True]])]
    save("tensor.pt", tensor, {"tensor": tensor})
    save("list.pt", pair, {"0": pair[0], "1": pair[1]})
    save("nested.pt", (tensor, {"a": pair}), {"0": tensor, "1.a.0": pair[0], "1.a.1": pair[1]})
    cpp = torch._C._pickle_save((tensor, {"a": pair[0]}, pair, [1, 2]))
    (TARGET / "pickle-save.pt").write_bytes(cpp)
    expect(
        "pickle-save.pt", {"0": tensor, "1.a": pair[0], "2.0": pair[0], "2.1": pair[1]},
        {"3.0": "1", "3.1": "2"})


def big_endian():
    tensors = {"ints": example(torch.int32), "complex": example(torch.complex64),
               "doubles": example(torch.float64).t()}
    plain = io.BytesIO()
    torch.save(tensors, plain)
    sizes = {"data/0": "i4", "data/1": "f4", "data/2": "f8"}
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(TARGET / "big-endian.pt", "w") as target:
        for entry in source.namelist():
            data, short = source.read(entry), entry.removeprefix("archive/")
            if short in sizes:
                data = np.frombuffer(data, "<" + sizes[short]).astype(">" + sizes[short]).tobytes()
            target.writestr(entry, b"big" if short == "byteorder" else data)
    expect("big-endian.pt", tensors)


def numpy_files():
    arrays = {name(d): example(d).numpy() for d in DTYPES
              if d != torch.bfloat16 and not name(d).startswith("float8")}
    arrays |= {"fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
               "big": np.arange(3, dtype=">i4"), "folder/scalar": np.float32(7)}
    np.savez(TARGET / "stored.npz", **arrays)
    np.savez_compressed(TARGET / "deflated.npz", zeros=np.zeros((40, 50)), **arrays)
    tensors = {k: torch.from_numpy(np.array(v, v.dtype.newbyteorder("="), order="K"))
               for k, v in arrays.items()}
    expect("stored.npz", tensors)
    expect("deflated.npz", {"zeros": torch.zeros(40, 50, dtype=torch.float64)} | tensors)
    np.save(TARGET / "fortran.npy", arrays["fortran"])
    expect("fortran.npy", {"tensor": tensors["fortran"]})
    np.savez(TARGET / "refused-objects.npz", x=np.array([{}], dtype=object))


def refused():
    torch.save({"x": torch.quantize_per_tensor(torch.ones(2), 0.5, 0, torch.qint8)},
               TARGET / "refused-quantized.pt")
    torch.save({"x": torch.ones(2).to_sparse()}, TARGET / "refused-sparse.pt")
    torch.save({"x": torch.ones(2, dtype=torch.complex64).conj()}, TARGET / "refused-conj.pt")
    torch.save({"x": torch.ones(2), "y": np.float64(1)}, TARGET / "refused-numpy.pt")
    torch.save({"x": torch.ones(2), "run": print}, TARGET / "refused-function.pt")


def unaligned():
    header = json.dumps(
        {"a": {"dtype": "F32", "shape": [2], "data_offsets": [1, 9]},
         "b": {"dtype": "BOOL", "shape": [1], "data_offsets": [0, 1]}}).encode()
    header += b" " * (-len(header) % 4)
    a = torch.tensor([1.5, -2.5])
    (TARGET / "unaligned.safetensors").write_bytes(
        len(header).to_bytes(8, "little") + header + b"\x01" + a.numpy().tobytes())
    expect("unaligned.safetensors", {"a": a, "b": torch.tensor([True])})


def main():
    torch.manual_seed(20261121)
    TARGET.mkdir(exist_ok=True)
    for make in (kinds, checkpoint, views, others, big_endian, numpy_files, refused, unaligned):
        make()
    lines = [f"{json.dumps(file)}: {json.dumps(found)}" for file, found in manifest.items()]
    (TARGET / "files.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


main()
