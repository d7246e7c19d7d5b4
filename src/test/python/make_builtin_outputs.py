"""Makes src/test/resources/builtins/*.npy: what Python's models compute.

Weights and inputs come from a formula, FormulaTensors in the Java tests, that depends on a tensor's
name and shape alone; so only outputs need to be stored.

Run from anywhere:  python src/test/python/make_builtin_outputs.py
Made with torch 2.15.0, torchvision 0.29.2 and transformers 5.23.0. Tests read the files; they never
run this script.
"""

import math
import pathlib

import numpy
import torch

from builtin_references import MODELS
from shape_pictures import GAMMA, MASK, mix

TARGET = pathlib.Path(__file__).resolve().parent.parent / "resources" / "builtins"
BATCH = 2
LENGTH = 7  # of sequences


def bits(name, count):
    """40 random bits for each element: SplitMix64 from the name's FNV-1a hash on."""
    state = 0xCBF29CE484222325
    for byte in name.encode():
        state = ((state ^ byte) * 0x100000001B3) & MASK
    steps = numpy.arange(1, count + 1, dtype=numpy.uint64) * numpy.uint64(GAMMA)
    return mix(numpy.uint64(state) + steps) >> numpy.uint64(24)


def uniform(name, shape):
    """float64 from -1 to 1."""
    whole = bits(name, math.prod(shape)) >> numpy.uint64(16)
    return (whole.astype(numpy.float64) / 2**23 - 1).reshape(shape)


def weight(name, tensor):
    shape = tuple(tensor.shape)
    if tensor.dtype == torch.int64:
        return torch.zeros(shape, dtype=torch.int64)
    is_weight = "weight" in name
    if len(shape) > 1 and is_weight:
        values = uniform(name, shape) * math.sqrt(6 / math.prod(shape[1:]))
    elif is_weight or name.endswith("running_var"):
        values = 1 + 0.5 * uniform(name, shape)
    else:
        values = 0.2 * uniform(name, shape)
    return torch.from_numpy(values.astype(numpy.float32))


def floats(*shape):
    return [torch.from_numpy((2 * uniform("input", shape)).astype(numpy.float32))]


def bert_inputs():
    tokens = (bits("input_ids", BATCH * LENGTH) % numpy.uint64(30522)).astype(numpy.int64)
    step = torch.arange(LENGTH).expand(BATCH, LENGTH)
    item = torch.arange(BATCH)[:, None]
    mask = (step < LENGTH - 2 * item).long()
    types = (step >= 3 + item).long()
    return [torch.from_numpy(tokens).reshape(BATCH, LENGTH), mask, types]


INPUTS = {
    "mlp": lambda: floats(BATCH, 784),
    "shapes-net": lambda: floats(BATCH, 3, 32, 32),
    "lstm": lambda: floats(BATCH, LENGTH, 128),
    "bert-base": bert_inputs,
}

if __name__ == "__main__":
    torch.set_num_threads(1)
    for name, make in MODELS.items():
        model = make().eval()
        state = {key: weight(key, tensor) for key, tensor in model.state_dict().items()}
        model.load_state_dict(state)
        inputs = INPUTS.get(name, lambda: floats(BATCH, 3, 224, 224))()
        with torch.no_grad():
            outputs = model(*inputs)
        outputs = [outputs] if isinstance(outputs, torch.Tensor) else list(outputs.values())
        for index, output in enumerate(outputs):
            print(name, tuple(output.shape), float(output.abs().max()), float(output.std()), float((output[0]-output[1]).std()))
            numpy.save(TARGET / f"{name}.output.{index}.npy", output.numpy())
