"""Arguments of a call, from descriptions such as 1x3x224x224:float32, and their dynamic dimensions."""

import inspect
import re

from narthex_export.progress import Failure

NAMED = re.compile(r"(?:(?P<name>[A-Za-z_][\w.]*)=)?(?P<rest>.+)")
MADE_UP = re.compile(r"(?P<shape>scalar|\d+(?:x\d+)*)(?::(?P<dtype>\w+))?(?::(?P<low>[^:]+)\.\.(?P<high>[^:]+))?")
DYNAMIC = re.compile(r"(?:(?P<name>[A-Za-z_]\w*):)?(?P<dims>[\w.]+\.\d+(?:,[\w.]+\.\d+)*)=(?P<low>\d+)\.\.(?P<high>\d*)")


def made_up(text, generator):
    """A tensor from SHAPE[:DTYPE[:LOW..HIGH]], or from an npy file."""
    import torch

    if text.lower().endswith(".npy"):
        import numpy

        try:
            return torch.from_numpy(numpy.ascontiguousarray(numpy.load(text)))
        except (OSError, ValueError, TypeError) as e:
            raise Failure("input", f"{text} can't be read: {e}") from e
    match = MADE_UP.fullmatch(text)
    dtype = getattr(torch, match["dtype"] or "float32", None) if match else None
    if not isinstance(dtype, torch.dtype):
        raise Failure(
            "usage",
            f"bad input '{text}': expected SHAPE[:DTYPE[:LOW..HIGH]], such as 1x3x224x224:float32 or"
            " 1x128:int64:0..30000, or a .npy file",
        )
    shape = [] if match["shape"] == "scalar" else [int(size) for size in match["shape"].split("x")]
    bounds = (float(match["low"]), float(match["high"])) if match["low"] else None
    if dtype.is_floating_point:
        if bounds is None:
            return torch.randn(shape, generator=generator).to(dtype)
        return (torch.rand(shape, generator=generator) * (bounds[1] - bounds[0]) + bounds[0]).to(dtype)
    low, high = bounds or {torch.uint8: (0, 255), torch.int8: (-128, 127)}.get(dtype, (0, 1))
    return torch.randint(int(low), int(high) + 1, shape, generator=generator).to(dtype)


def described(texts, signature):
    """The descriptions by the names of arguments, and those of *args."""
    parameters = signature.parameters
    takes_any = any(p.kind == inspect.Parameter.VAR_KEYWORD for p in parameters.values())
    named, unnamed = {}, []
    for text in texts:
        match = NAMED.fullmatch(text)
        name = match["name"] if match else None
        if name is None:
            unnamed.append(text)
        elif name in named:
            raise Failure("usage", f"the input '{name}' is described twice")
        elif name not in parameters and not takes_any:
            raise Failure("usage", f"there is no argument '{name}': forward takes {signature}")
        else:
            named[name] = match["rest"]
    takes_more = any(p.kind == inspect.Parameter.VAR_POSITIONAL for p in parameters.values())
    kinds = [inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD]
    if not takes_more:
        kinds.append(inspect.Parameter.KEYWORD_ONLY)
    for name, parameter in parameters.items():
        if unnamed and name not in named and parameter.kind in kinds:
            named[name] = unnamed.pop(0)
    if unnamed and not takes_more:
        raise Failure("usage", f"there are {len(texts)} inputs, and forward takes {signature}")
    return named, unnamed


def bind(texts, signature, generator, positional):
    """The Call that the descriptions make. With `positional`, arguments that are left out get their defaults."""
    named, rest = described(texts, signature)
    args, kwargs, names, gap = [], {}, [], False
    for name, parameter in signature.parameters.items():
        if parameter.kind == inspect.Parameter.VAR_POSITIONAL:
            args += [made_up(text, generator) for text in rest]
            names += [f"{name}[{i}]" for i in range(len(rest))]
        elif parameter.kind == inspect.Parameter.VAR_KEYWORD:
            kwargs.update({other: made_up(named.pop(other), generator) for other in list(named)})
        elif name in named:
            value = argument(name, parameter, named.pop(name), generator)
            if parameter.kind == inspect.Parameter.KEYWORD_ONLY or (gap and not positional):
                kwargs[name] = value
            else:
                args.append(value)
                names.append(name)
        elif parameter.default is inspect.Parameter.empty:
            raise Failure("usage", f"there is no input for '{name}': forward takes {signature}")
        elif positional:
            args.append(parameter.default)
            names.append(name)
        else:
            gap = True
    return Call(tuple(args), kwargs, names)


def argument(name, parameter, text, generator):
    """A tensor, or a number for an argument of type int, float or bool."""
    value = made_up(text, generator)
    kind = parameter.annotation
    if kind not in (int, float, bool):
        return value
    if value.numel() != 1:
        raise Failure("usage", f"the argument '{name}' is a single {kind.__name__}, described as {text}")
    return kind(value.item())


class Call:
    """The arguments of one call; `names` has a name for each of the positional ones."""

    def __init__(self, args, kwargs, names):
        self.args, self.kwargs, self.names = args, kwargs, names

    def by_name(self):
        return {**dict(zip(self.names, self.args)), **self.kwargs}

    def sized(self, dynamic, wanted):
        """With other sizes of dynamic dimensions; `wanted` gives one from a Dynamic, or None for what it has."""
        values = self.by_name()
        for group in dynamic:
            values = group.resized(values, group.size(values, wanted(group)))
        return Call(tuple(values[name] for name in self.names), {name: values[name] for name in self.kwargs}, self.names)

    def to(self, device):
        def there(value):
            return value.to(device) if hasattr(value, "device") else value

        return Call(tuple(map(there, self.args)), {name: there(v) for name, v in self.kwargs.items()}, self.names)

    def run(self, model):
        """What the model makes of copies, since it may change its inputs."""
        import torch
        from torch.utils._pytree import tree_map

        def copy(value):
            return value.clone() if isinstance(value, torch.Tensor) else value

        with torch.no_grad():
            return model(*tree_map(copy, self.args), **tree_map(copy, self.kwargs))


class Dynamic:
    """Dimensions of inputs that may have any size within bounds; those of one group have the same."""

    def __init__(self, text):
        match = DYNAMIC.fullmatch(text)
        if not match:
            raise Failure(
                "usage", f"bad --dynamic '{text}': expected [NAME:]INPUT.DIM[,INPUT.DIM...]=LOW..[HIGH], such as x.0=1..16"
            )
        self.text = text
        self.dims = [(name, int(dim)) for name, _, dim in (part.rpartition(".") for part in match["dims"].split(","))]
        self.low, self.high = int(match["low"]), int(match["high"]) if match["high"] else None
        self.name = match["name"] or "{}_{}".format(*self.dims[0]).replace(".", "_")
        if self.high is not None and self.high < max(self.low, 2):
            raise Failure("usage", f"bad --dynamic '{text}': what varies goes from LOW to a HIGH of 2 at least")

    def checked(self, values, name, dim):
        value = values.get(name)
        if value is None or not hasattr(value, "shape") or not 0 <= dim < value.dim() or value.shape[dim] == 0:
            raise Failure(
                "usage", f"bad --dynamic '{self.text}': there is no dimension {dim} of '{name}' among {', '.join(values)}"
            )
        return value

    def size(self, values, wanted):
        """A size within the bounds near `wanted`, or near what the first input has."""
        name, dim = self.dims[0]
        value = self.checked(values, name, dim)
        size = max(self.low, value.shape[dim] if wanted is None else wanted)
        return size if self.high is None else min(size, self.high)

    def resized(self, values, size):
        """The same inputs with that size: their elements come again, or are left out at the end."""
        import torch

        result = dict(values)
        for name, dim in self.dims:
            value = self.checked(values, name, dim)
            result[name] = value.index_select(dim, torch.arange(size) % value.shape[dim])
        return result


def shapes_for(call, dynamic):
    """What torch.export takes as dynamic_shapes, and the groups by what torch calls their dimensions."""
    import torch

    dims = {group.name: torch.export.Dim(group.name, min=group.low, max=group.high) for group in dynamic}

    def of(name):
        return {dim: dims[group.name] for group in dynamic for other, dim in group.dims if other == name} or None

    return tuple(of(name) for name in call.names), {name: of(name) for name in call.kwargs}
