"""Makes src/test/resources/operators.json: what Python's torch computes with each operator.

Run from anywhere:  python src/test/python/make_operators.py
Made with torch 2.15.0 on Python 3.11, Linux x86-64. Tests read the file; they never run this script.
Each case has the name of an entry in OperatorTable.java, which does the same in Java. Elements are
stored as the bytes of the tensor, row-major and little-endian, in base64.
"""

import base64
import json
import math
import pathlib

import torch
from torch.nn import functional as F

TARGET = pathlib.Path(__file__).resolve().parent.parent / "resources" / "operators.json"
F32, F64, F16, BF16 = torch.float32, torch.float64, torch.float16, torch.bfloat16
I64, I32, I16, I8, U8, BOOL = (
    torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool)

torch.manual_seed(20)
torch.set_num_threads(1)
cases = []


def stored(tensor):
    data = tensor.detach().contiguous()
    raw = data.flatten().view(U8).numpy().tobytes() if data.numel() else b""
    return {
        "dtype": str(tensor.dtype).removeprefix("torch."),
        "shape": list(tensor.shape),
        "data": base64.b64encode(raw).decode(),
    }


def add(name, function, *input_sets):
    for inputs in input_sets:
        inputs = inputs if isinstance(inputs, tuple) else (inputs,)
        before = [stored(x) for x in inputs]  # an operator in place changes them
        result = function(*inputs)
        outputs = [result] if isinstance(result, torch.Tensor) else list(result)
        cases.append({"operator": name, "inputs": before, "outputs": [stored(y) for y in outputs]})


def normal(*shape, dtype=F32):
    return torch.randn(shape, dtype=F64).to(dtype)


def positive(*shape, dtype=F32):
    return (torch.rand(shape, dtype=F64) + 0.25).to(dtype)


def whole(*shape, dtype=I64, low=-9, high=9):
    return torch.randint(low, high, shape).to(dtype)


def flags(*shape):
    return torch.rand(shape) < 0.5


def special(dtype=F32):
    return torch.tensor([math.nan, math.inf, -math.inf, 0.0, -0.0, 1.5, -2.5, 3e4], dtype=dtype)


def floats(make=normal):
    return [make(2, 3), make(3, 1, 2, dtype=F64), make(5, dtype=F16), make(4, dtype=BF16),
            make(dtype=F32), make(0, 3)]


def pairs(make=normal):
    return [(make(2, 3), make(3)), (make(2, 1, 3, dtype=F64), make(4, 1, dtype=F64)),
            (make(3, dtype=F16), make(1, dtype=F16)), (make(2, 2, dtype=BF16), make(2, dtype=F32)),
            (make(0, 3), make(1, 3))]


def wholes(make=whole):
    return [make(2, 3), make(4, dtype=I32), make(3, dtype=I16), make(3, dtype=I8),
            make(3, dtype=U8, low=0)]


MIXED = [(whole(2, 3), whole(3, dtype=I32)), (whole(3, dtype=I8), normal(3)),
         (flags(4), whole(4, dtype=U8, low=0))]
NONZERO = [(whole(2, 3), whole(3, dtype=I32, low=1)),
           (whole(3, dtype=I8), positive(3)),
           (whole(4, dtype=U8, low=0), whole(4, dtype=U8, low=1))]
SPECIALS = [(special(), special().flip(0)), (special(F64), special(F64).roll(1))]

# Arithmetic
add("add", lambda x, y: x.add(y), *pairs(), *MIXED, *SPECIALS)
add("add.int", lambda x: x.add(2), *floats(), *wholes(), flags(3))
add("add.double", lambda x: x.add(0.5), *floats(), *wholes())
add("sub", lambda x, y: x.sub(y), *pairs(), *MIXED[:2], *SPECIALS)
add("sub.int", lambda x: x.sub(3), normal(2, 3), whole(3, dtype=U8, low=3))
add("mul", lambda x, y: x.mul(y), *pairs(), *MIXED, *SPECIALS)
add("mul.double", lambda x: x.mul(-1.5), *floats(), *wholes()[:2])
add("div", lambda x, y: x.div(y), *pairs(positive), *NONZERO, *SPECIALS)
add("div.int", lambda x: x.div(4), normal(2, 3), whole(5), whole(3, dtype=U8, low=0))
add("floorDivide", lambda x, y: x.floor_divide(y), *pairs(positive), *NONZERO)
add("floorDivide.int", lambda x: x.floor_divide(4), normal(2, 3), whole(2, 5))
add("remainder", lambda x, y: x.remainder(y), *pairs(positive), *NONZERO)
add("remainder.int", lambda x: x.remainder(4), normal(2, 3), whole(2, 5))
add("pow", lambda x, y: x.pow(y), *pairs(positive), (whole(2, 3), whole(3, low=0, high=3)))
add("pow.int", lambda x: x.pow(3), *floats(), *wholes()[:2], special())
add("pow.double", lambda x: x.pow(0.5), *floats(positive), special())
add("maximum", lambda x, y: x.maximum(y), *pairs(), *MIXED, *SPECIALS)
add("minimum", lambda x, y: x.minimum(y), *pairs(), *MIXED, *SPECIALS)
add("clamp", lambda x: x.clamp(-0.5, 1), *floats(), special(), whole(4))
add("clamp.min", lambda x: x.clamp(min=1), normal(2, 3), whole(4), special())
add("clamp.tensor", lambda x, y: x.clamp(max=y), *pairs()[:3], *SPECIALS)
for name in ["neg", "abs", "sign", "floor", "ceil", "round"]:
    add(name, lambda x, name=name: getattr(x, name)(), *floats(), *wholes()[:2], special())
for name in ["exp", "sin", "cos"]:
    add(name, lambda x, name=name: getattr(x, name)(), *floats(), whole(3), special())
for name in ["log", "sqrt", "rsqrt", "reciprocal"]:
    add(name, lambda x, name=name: getattr(x, name)(), *floats(positive), whole(3, low=1),
        special())

# Comparison
for name in ["eq", "ne", "lt", "le", "gt", "ge"]:
    function = lambda x, y, name=name: getattr(x, name)(y)
    add(name, function, (whole(3, 4), whole(4)), (whole(4, dtype=F16), whole(4, dtype=F32)),
        *SPECIALS, (normal(0), normal(0)))
    add(name + ".int", lambda x, name=name: getattr(x, name)(2), whole(9, low=0, high=4), special())
    add(name + ".double", lambda x, name=name: getattr(x, name)(1.5), whole(4), special())
for name in ["And", "Or", "Xor"]:
    add("logical" + name,
        lambda x, y, name=name: getattr(x, "logical_" + name.lower())(y), (flags(2, 5), flags(5)),
        (whole(5, low=0, high=2), special()[:5]))
add("logicalNot", lambda x: x.logical_not(), flags(5), whole(5, low=0, high=2), special())
for name in ["isnan", "isinf", "isfinite"]:
    add(name, lambda x, name=name: getattr(x, name)(), special(), special(F16), whole(2))
add("where", lambda x, c, y: torch.where(c, x, y), (normal(2, 3), flags(3), normal(2, 1)),
    (whole(4), flags(4), normal(4, dtype=F16)), (normal(0, 2), flags(2), normal(2)))
add("where.double", lambda x, c: torch.where(c, x, -math.inf), (normal(2, 3), flags(2, 3)),
    (normal(3, dtype=BF16), flags(3)))

# Reductions
spread = [normal(3, 4), normal(2, 3, 2, dtype=F64), normal(3, 4, dtype=F16),
          normal(2, 5, dtype=BF16)]
holes = torch.tensor([[1.0, math.nan, 3.0], [math.inf, -math.inf, 0.0], [math.inf, 1.0, -2.0]])
sums = [*spread, whole(3, 4), whole(3, 4, dtype=U8, low=0), flags(3, 4), holes, normal(0, 3),
        normal(2, 0)]
add("sum", lambda x: x.sum(), *sums)
add("sum.dim", lambda x: x.sum(-1), *sums)
add("sum.dims", lambda x: x.sum((0, -1), keepdim=True), *sums)
add("prod", lambda x: x.prod(), *sums)
add("prod.dim", lambda x: x.prod(0, keepdim=True), *sums)
add("mean", lambda x: x.mean(), *spread, holes, normal(0, 3))
add("mean.dims", lambda x: x.mean((0, 1), keepdim=True), *spread, holes)
add("var", lambda x: x.var(), *spread, holes)
add("var.dims", lambda x: x.var(-1, correction=0, keepdim=True), *spread, holes)
add("std", lambda x: x.std((0,)), *spread, holes)
add("std.dims", lambda x: x.std((0, 1), correction=0, keepdim=True), *spread)
add("norm", lambda x: torch.linalg.vector_norm(x), *spread, holes)
add("norm.order", lambda x: torch.linalg.vector_norm(x, 1, -1, True), *spread)
add("norm.infinity", lambda x: torch.linalg.vector_norm(x, math.inf, 0), *spread)
add("logsumexp", lambda x: x.logsumexp((0, 1), True), *spread, holes, normal(3, 4) * 1000)
add("max", lambda x: x.max(), *spread, whole(3, 4), flags(2, 2), holes)
add("max.dim", lambda x: x.max(1, True), *spread, holes)
add("min", lambda x: x.min(), *spread, whole(3, 4), flags(2, 2), holes)
add("min.dim", lambda x: x.min(0), *spread, holes)
add("argmax", lambda x: x.argmax(), *spread, holes)
add("argmax.dim", lambda x: x.argmax(-1, True), *spread, holes)
add("argmin", lambda x: x.argmin(), *spread, holes)
add("argmin.dim", lambda x: x.argmin(0), *spread, holes)
logic = [flags(3, 4), whole(2, 3, low=0, high=2), whole(2, 3, dtype=U8, low=0, high=2), holes,
         normal(0, 3)]
add("any", lambda x: x.any(), *logic)
add("any.dim", lambda x: x.any((-1,), keepdim=True), *logic)
add("all", lambda x: x.all(), *logic)
add("all.dim", lambda x: x.all((0,)), *logic)
add("cumsum", lambda x: x.cumsum(1), *sums)
add("topk", lambda x: x.topk(2), *spread, whole(2, 2), holes)
add("topk.dim", lambda x: x.topk(2, 0, largest=False), *spread, holes)
add("sort", lambda x: x.sort(dim=-1, descending=True, stable=True), *spread, whole(3, 4), holes,
    normal(0, 3))
add("argsort", lambda x: x.argsort(dim=0, stable=True), *spread, whole(3, 4), holes)

# Shape
cube = [normal(2, 3, 4), whole(2, 3, 4, dtype=U8, low=0), flags(2, 3, 4),
        normal(2, 3, 4, dtype=BF16)]
add("reshape", lambda x: x.reshape(4, -1), *cube, normal(0, 4, 3))
add("reshape.transposed", lambda x: x.transpose(0, 2).reshape(3, 8), *cube)
add("flatten", lambda x: x.flatten(1), *cube, normal(0, 4, 3))
add("permute", lambda x: x.permute(2, 0, -2), *cube)
add("transpose", lambda x: x.transpose(0, -1), *cube)
add("squeeze", lambda x: x.squeeze(), normal(1, 3, 1), normal(1))
add("squeeze.dims", lambda x: x.squeeze((0, 1)), normal(1, 3, 1), whole(1, 1, 2))
add("unsqueeze", lambda x: x.unsqueeze(-1), *cube, normal())
add("expand", lambda x: x.expand(2, 3, -1), normal(3, 2), whole(1, 4))
add("repeat", lambda x: x.repeat(2, 1, 3), normal(2, 2), flags(1, 2, 1))
add("flip", lambda x: x.flip(0, -1), *cube)
add("cat", lambda x, y: torch.cat([x, y, x], -1), (normal(2, 3), normal(2, 1)),
    (whole(2, 2), normal(2, 2)), (normal(2, 0), normal(2, 1)))
add("stack", lambda x, y: torch.stack([x, y], 1), (normal(2, 3), normal(2, 3)),
    (whole(3), whole(3)))
add("split", lambda x: x.split(2, 1), *cube)
add("split.sizes", lambda x: x.split([1, 0, 3], -1), *cube)
add("chunk", lambda x: x.chunk(3, -1), *cube)
add("pad", lambda x: F.pad(x, (1, 2, 0, -1), value=1.5), normal(2, 3, 4), normal(2, 3, dtype=F16))
for mode in ["reflect", "replicate", "circular"]:
    add("pad." + mode, lambda x, mode=mode: F.pad(x, (1, 2, 2, 1), mode=mode), normal(1, 2, 3, 4),
        normal(1, 3, 3, dtype=F64))
add("gather", lambda x, i: x.gather(1, i), (normal(2, 3), torch.tensor([[2, 2], [0, 1]])),
    (whole(2, 3, dtype=U8, low=0), torch.tensor([[1]])))
add("scatter", lambda x, i, y: x.scatter(-1, i, y),
    (normal(2, 3), torch.tensor([[2, 0], [0, 1]]), normal(2, 2)),
    (whole(2, 3), torch.tensor([[1]]), whole(1, 2)))
add("scatter.double", lambda x, i: x.scatter(0, i, 0.5), (normal(2, 3), torch.tensor([[1, 0, 1]])))

# Layers
add("matmul", lambda x, y: x.matmul(y), (normal(2, 3), normal(3, 4)), (normal(3), normal(3)),
    (normal(2, 1, 2, 3, dtype=F64), normal(2, 3, 2, dtype=F64)), (normal(0, 3), normal(3, 2)),
    (normal(2, 3, dtype=BF16), normal(3, dtype=BF16)), (whole(2, 3), whole(3, 2)))
add("bmm", lambda x, y: x.bmm(y), (normal(2, 2, 3), normal(2, 3, 1)),
    (normal(2, 1, 3, dtype=F16), normal(2, 3, 2, dtype=F16)))
add("linear", lambda x, w, b: F.linear(x, w, b), (normal(2, 2, 3), normal(4, 3), normal(4)),
    (normal(3, dtype=F64), normal(2, 3, dtype=F64), normal(2, dtype=F64)),
    (normal(0, 3), normal(4, 3), normal(4)))
add("linear.plain", lambda x, w: F.linear(x, w), (normal(2, 3), normal(4, 3)),
    (normal(2, 3, dtype=BF16), normal(4, 3, dtype=BF16)))
add("conv1d", lambda x, w, b: F.conv1d(x, w, b, 2, 1), (normal(2, 2, 7), normal(3, 2, 3), normal(3)))
add("conv1d.groups", lambda x, w: F.conv1d(x, w, None, 1, 2, 2, 2), (normal(1, 4, 6), normal(2, 2, 3)))
add("conv2d", lambda x, w, b: F.conv2d(x, w, b, 2, 1),
    (normal(1, 2, 5, 4), normal(3, 2, 3, 3), normal(3)),
    (normal(2, 1, 4, 3, dtype=F64), normal(1, 1, 2, 3, dtype=F64), normal(1, dtype=F64)),
    (normal(1, 2, 4, 4, dtype=BF16), normal(1, 2, 3, 3, dtype=BF16), normal(1, dtype=BF16)))
add("conv2d.groups", lambda x, w: F.conv2d(x, w, None, 1, 2, 2, 2),
    (normal(1, 2, 4, 3), normal(2, 1, 3, 3)))
add("conv2d.apart", lambda x, w: F.conv2d(x, w, None, (2, 1), (0, 1), (1, 2)),
    (normal(1, 1, 5, 5), normal(2, 1, 2, 3)))
add("conv3d", lambda x, w, b: F.conv3d(x, w, b, 1, 1, 1, 2),
    (normal(1, 2, 2, 3, 2), normal(2, 1, 2, 2, 2), normal(2)))
add("convTranspose2d", lambda x, w, b: F.conv_transpose2d(x, w, b, 2, 1),
    (normal(1, 2, 3, 2), normal(2, 2, 3, 3), normal(2)))
add("convTranspose2d.all", lambda x, w: F.conv_transpose2d(x, w, None, 2, 1, 1, 2, 2),
    (normal(1, 2, 2, 3), normal(2, 1, 2, 2)))
table = normal(5, 3)
add("embedding", lambda i, w: F.embedding(i, w), (whole(2, 4, low=0, high=5), table),
    (whole(3, dtype=I32, low=0, high=5), table), (whole(0), table))
add("attention", lambda q, k, v: F.scaled_dot_product_attention(q, k, v),
    (normal(1, 2, 3, 4), normal(1, 2, 5, 4), normal(1, 2, 5, 2)),
    (normal(2, 3, 4, dtype=F64), normal(2, 3, 4, dtype=F64), normal(2, 3, 4, dtype=F64)),
    (normal(1, 1, 3, 4, dtype=BF16), normal(1, 1, 2, 4, dtype=BF16), normal(1, 1, 2, 4, dtype=BF16)))
add("attention.mask", lambda q, k, v, m: F.scaled_dot_product_attention(q, k, v, m, scale=0.3),
    (normal(1, 1, 3, 4), normal(1, 1, 2, 4), normal(1, 1, 2, 4),
     torch.tensor([[True, False], [True, True], [False, True]])),
    (normal(1, 1, 3, 4), normal(1, 1, 2, 4), normal(1, 1, 2, 4), normal(3, 2)))
add("attention.causal", lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True),
    (normal(1, 2, 3, 4), normal(1, 2, 3, 4), normal(1, 2, 3, 4)))
images = [normal(1, 2, 3, 4), normal(1, 1, 5, 3, dtype=F64),
          whole(1, 3, 3, 4, dtype=U8, low=0, high=256)]
for mode in ["nearest", "nearest-exact", "bilinear", "bicubic"]:
    add("interpolate." + mode, lambda x, mode=mode: F.interpolate(x, (5, 2), mode=mode), *images)
for mode in ["bilinear", "bicubic"]:
    add("interpolate." + mode + ".corners",
        lambda x, mode=mode: F.interpolate(x, (5, 2), mode=mode, align_corners=True), *images[:2])
    add("interpolate." + mode + ".antialias",
        lambda x, mode=mode: F.interpolate(x, (2, 2), mode=mode, antialias=True), *images)

# Pooling
pictures = [normal(1, 2, 5, 4), normal(2, 4, 4, dtype=F64), normal(1, 1, 4, 4, dtype=BF16)]
add("maxPool1d", lambda x: F.max_pool1d(x, 3, 2, 1), normal(1, 2, 7), normal(2, 5, dtype=F64))
add("maxPool2d", lambda x: F.max_pool2d(x, 3, 2, 1), *pictures)
add("maxPool2d.apart", lambda x: F.max_pool2d(x, (2, 1), (2, 1), (1, 0), (1, 2), True), *pictures)
add("maxPool3d", lambda x: F.max_pool3d(x, 2, 1, 1), normal(1, 1, 2, 3, 2))
add("avgPool1d", lambda x: F.avg_pool1d(x, 3, 2, 1), normal(1, 2, 7))
add("avgPool2d", lambda x: F.avg_pool2d(x, 3, 2, 1), *pictures)
add("avgPool2d.apart", lambda x: F.avg_pool2d(x, (3, 2), (2, 1), (1, 0), True, False), *pictures)
add("avgPool3d", lambda x: F.avg_pool3d(x, 2, 1, 1), normal(1, 1, 2, 3, 2))
add("adaptiveAvgPool1d", lambda x: F.adaptive_avg_pool1d(x, 3), normal(1, 2, 7))
add("adaptiveAvgPool2d", lambda x: F.adaptive_avg_pool2d(x, (3, 2)), *pictures)
add("adaptiveMaxPool2d", lambda x: F.adaptive_max_pool2d(x, (2, 3)), *pictures)

# Normalisation
add("batchNorm", lambda x, w, b, m, v: F.batch_norm(x, m, v, w, b, eps=1e-3),
    (normal(2, 3, 2), normal(3), normal(3), normal(3), positive(3)),
    (normal(1, 2, 2, 2, dtype=F64), *[positive(2, dtype=F64) for _ in range(4)]))
add("batchNorm.plain", lambda x, m, v: F.batch_norm(x, m, v), (normal(2, 3), normal(3), positive(3)))
add("layerNorm", lambda x, w, b: F.layer_norm(x, (2, 3), w, b, 1e-3),
    (normal(2, 2, 3), normal(2, 3), normal(2, 3)), (normal(0, 2, 3), normal(2, 3), normal(2, 3)))
add("layerNorm.plain", lambda x: F.layer_norm(x, (3,)), normal(2, 3), normal(4, 3, dtype=F64),
    normal(2, 3, dtype=BF16))
add("groupNorm", lambda x, w, b: F.group_norm(x, 2, w, b, 1e-3), (normal(2, 4, 3), normal(4), normal(4)))
add("instanceNorm", lambda x, w, b: F.instance_norm(x, None, None, w, b, eps=1e-3),
    (normal(2, 3, 4), normal(3), normal(3)))
add("rmsNorm", lambda x, w: F.rms_norm(x, (3,), w, 1e-3), (normal(2, 3), normal(3)),
    (normal(4, 3, dtype=F64), normal(3, dtype=F64)))

# Activations
signs = [*floats(), special()]
add("relu", lambda x: F.relu(x), *signs, whole(4, dtype=I8))
add("leakyRelu", lambda x: F.leaky_relu(x, 0.1), *signs)
add("elu", lambda x: F.elu(x, 0.5), *signs)
add("gelu", lambda x: F.gelu(x), *signs)
add("geluTanh", lambda x: F.gelu(x, approximate="tanh"), *signs)
add("silu", lambda x: F.silu(x), *signs)
add("sigmoid", lambda x: torch.sigmoid(x), *signs, whole(3))
add("tanh", lambda x: torch.tanh(x), *signs, whole(3))
add("softplus", lambda x: F.softplus(x), *signs)
add("hardswish", lambda x: F.hardswish(x), *signs)
add("hardsigmoid", lambda x: F.hardsigmoid(x), *signs)
add("softmax", lambda x: F.softmax(x, -1), *spread, normal(0, 3), normal(2, 3) * 1000, holes)
add("logSoftmax", lambda x: F.log_softmax(x, 0), *spread, normal(0, 3), normal(2, 3) * 1000, holes)

# Conversion
add("to.float16", lambda x: x.to(F16), normal(2, 3), whole(3), special(), flags(3))
add("to.int32", lambda x: x.to(I32), normal(2, 3) * 9, flags(3))
add("contiguous", lambda x: x.transpose(0, 1).contiguous(), normal(2, 3), whole(0, 3))

# In place: the result, and what the tensor itself is then
twice = lambda x: (x, x)
add("addInPlace", lambda x, y: twice(x.add_(y)), *pairs()[:1], (whole(2, 3), whole(3, dtype=U8, low=0)),
    (normal(3, dtype=BF16), normal(3, dtype=F32)))
add("addInPlace.double", lambda x: twice(x.add_(0.5)), *floats())
add("subInPlace", lambda x, y: twice(x.sub_(y)), *pairs()[:1])
add("subInPlace.int", lambda x: twice(x.sub_(2)), *floats(), whole(3))
add("mulInPlace", lambda x, y: twice(x.mul_(y)), *pairs()[:1])
add("mulInPlace.int", lambda x: twice(x.mul_(3)), *floats(), whole(3))
add("divInPlace", lambda x, y: twice(x.div_(y)), *pairs()[:1])
add("divInPlace.double", lambda x: twice(x.div_(4.0)), *floats())
add("clampInPlace", lambda x: twice(x.clamp_(-0.5, 1)), *signs)
add("reluInPlace", lambda x: twice(x.relu_()), *signs)
add("inPlace.view", lambda x: (x.transpose(0, 1).mul_(2), x), normal(2, 3))


def lines():
    yield '{"torch": "%s", "cases": [' % torch.__version__.split("+")[0]
    yield ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    yield "]}\n"


TARGET.write_text("\n".join(lines()))
operators = {case["operator"] for case in cases}
print(f"{len(cases)} cases of {len(operators)} operators, {TARGET.stat().st_size} bytes")
