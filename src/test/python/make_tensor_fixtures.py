"""Makes src/test/resources/tensors/*.npy: what Python's torch makes, converts and takes out.

Run from anywhere:  python src/test/python/make_tensor_fixtures.py
Made with torch 2.15.0 and numpy 2.4.6. Tests read the files; they never run this script.
"""

import pathlib

import numpy as np
import torch

TARGET = pathlib.Path(__file__).resolve().parent.parent / "resources" / "tensors"
SEED = 20261121


def write(name: str, tensor: torch.Tensor):
    if tensor.dtype == torch.bfloat16:
        tensor = tensor.to(torch.float32)
    np.save(TARGET / f"{name}.npy", tensor.numpy())


def factories():
    write("arange-int64", torch.arange(-3, 8, 2))
    write("arange-float32", torch.arange(0.5, 2, 0.25))
    write("arange-down", torch.arange(5, -5, -3, dtype=torch.int32))
    write("linspace-float64", torch.linspace(-1, 1, 7, dtype=torch.float64))
    write("linspace-int32", torch.linspace(0, 10, 4, dtype=torch.int32))


def random():
    """All from one generator, one after the other: its state goes on from call to call."""
    generator = torch.Generator().manual_seed(SEED)
    write("rand-float32", torch.rand((3, 5), generator=generator))
    write("randn-float32", torch.randn((4, 25), generator=generator))
    write("randn-few", torch.randn(3, generator=generator))
    write("randint-int64", torch.randint(-5, 1000, (2, 10), generator=generator))
    write("randint-uint8", torch.randint(0, 256, (20,), generator=generator, dtype=torch.uint8))
    write("rand-float64", torch.rand(9, generator=generator, dtype=torch.float64))
    write("randn-float64", torch.randn(33, generator=generator, dtype=torch.float64))
    write("rand-float16", torch.rand(9, generator=generator, dtype=torch.float16))
    write("randn-bfloat16", torch.randn(9, generator=generator, dtype=torch.bfloat16))
    write("multinomial", torch.multinomial(torch.ones(50), 12, generator=generator))


def conversions():
    bits = torch.cat([torch.arange(256, dtype=torch.int32) * 0x1010101, torch.randint(
        -(2**31), 2**31, (2000,), generator=torch.Generator().manual_seed(1), dtype=torch.int64
    ).to(torch.int32)])
    numbers = bits.view(torch.float32)
    numbers = torch.cat([numbers, torch.randn(500, generator=torch.Generator().manual_seed(2))])
    write("numbers-float32", numbers)
    write("numbers-as-float16", numbers.to(torch.float16).view(torch.int16))
    write("numbers-as-bfloat16", numbers.to(torch.bfloat16).view(torch.int16))
    for name in ["e4m3fn", "e4m3fnuz", "e5m2", "e5m2fnuz", "e8m0fnu"]:
        dtype = getattr(torch, f"float8_{name}")
        write(f"all-float8_{name}", torch.arange(256).to(torch.uint8).view(dtype).to(torch.float32))
        write(f"numbers-as-float8_{name}", numbers.to(dtype).view(torch.uint8))


def parts():
    x = torch.arange(60).reshape(3, 4, 5)
    write("index-long", x[torch.tensor([[0, 2], [1, -1]]), torch.tensor([3, 0])])
    write("index-skipping", x[:, torch.tensor([1, 1, 3])])
    write("index-mask", x[x % 7 == 0])
    write("index-mask-and-long", x[torch.tensor([True, False, True]), torch.tensor([0, 3])])
    write("slice", x[1:, -3:-1, ::2])
    y = x.clone()
    y[:, torch.tensor([0, 2]), 1] = torch.tensor([-1, -2])
    write("index-put", y)


TARGET.mkdir(exist_ok=True)
factories()
random()
conversions()
parts()
