"""Models from files: a Python module, a saved torch.export program, TorchScript."""

import importlib.util
import inspect
import re
import sys
import traceback
import zipfile
from pathlib import Path

from narthex_export.progress import Failure, in_one_line


class Source:
    """What a model is made from.

    kind is module, program or torchscript; original is what its answers are compared with; signature is of its
    arguments (None for a program, whose inputs are fixed); program is the torch.export program, where it is one.
    """

    def __init__(self, kind, original, signature=None, program=None):
        self.kind, self.original, self.signature, self.program = kind, original, signature, program

    def traceable(self, call):
        """The module that torch.export takes. Sizes that are to vary must not be 1 in `call`."""
        return convert(self.original, call) if self.kind == "torchscript" else self.original


def load(text):
    path, _, attribute = text.rpartition(":")
    if path.endswith(".py"):
        return module(Path(path), attribute)
    if not Path(text).is_file():
        raise Failure(
            "source", f"there is no file {text}; expected FILE.py:NAME, a saved torch.export program or TorchScript"
        )
    names = zipfile.ZipFile(text).namelist() if zipfile.is_zipfile(text) else []
    if any("/data/aotinductor/" in name for name in names):
        raise Failure("source", f"{text} is compiled already")
    if any(name.endswith("/constants.pkl") for name in names):
        return script(text)
    if any(name.endswith("/archive_format") for name in names):
        return program(text)
    raise Failure("source", f"{text} is neither a saved torch.export program nor TorchScript")


def module(path, attribute):
    import torch

    if not path.is_file():
        raise Failure("source", f"there is no file {path}")
    sys.path.insert(0, str(path.resolve().parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    code = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = code
    try:
        spec.loader.exec_module(code)
        made = getattr(code, attribute, None)
        model = made if made is None or isinstance(made, torch.nn.Module) else made()
    except Exception as e:
        traceback.print_exc()
        raise Failure("source", f"{path}:{attribute} can't be made: {in_one_line(e)}") from e
    if made is None:
        raise Failure("source", f"{path} has no '{attribute}'")
    if not isinstance(model, torch.nn.Module):
        raise Failure("source", f"{path}:{attribute} made a {type(model).__name__}, expected a torch.nn.Module")
    model.eval()
    return Source("module", model, signature=inspect.signature(model.forward))


def program(path):
    import torch

    try:
        loaded = torch.export.load(path)
    except Exception as e:
        traceback.print_exc()
        raise Failure("source", f"{path} is no program that torch {torch.__version__} reads: {in_one_line(e)}") from e
    if loaded.example_inputs is None:
        raise Failure("source", f"{path} was saved without example inputs, which compiling needs")
    return Source("program", unguarded(loaded), program=loaded)


def script(path):
    import torch

    try:
        model = torch.jit.load(path, map_location="cpu").eval()
    except Exception as e:
        raise Failure("source", f"{path} is no TorchScript that torch {torch.__version__} reads: {in_one_line(e)}") from e
    parameters = []
    for argument in model.forward.schema.arguments[1:]:
        name = re.sub(r"Optional\[(.*)\]", r"\1", argument.type.annotation_str)
        parameters.append(
            inspect.Parameter(
                argument.name,
                inspect.Parameter.POSITIONAL_OR_KEYWORD,
                default=argument.default_value if argument.has_default_value() else inspect.Parameter.empty,
                annotation={"int": int, "float": float, "bool": bool}.get(name, name),
            )
        )
    return Source("torchscript", model, signature=inspect.Signature(parameters))


def convert(model, call):
    """TorchScript as a module that torch.export takes; it refuses a ScriptModule itself."""
    import torch

    try:
        from torch._export.converter import TS2EPConverter
    except ImportError as e:
        raise Failure(
            "torch",
            f"torch {torch.__version__} has no torch._export.converter.TS2EPConverter, by which TorchScript is exported:"
            " export the model's Python code (FILE.py:NAME), or use a torch that has it",
        ) from e
    try:
        return unguarded(TS2EPConverter(model, call.args).convert())
    except Exception as e:
        traceback.print_exc()
        raise Failure("export", f"this TorchScript can't be converted to a torch.export program: {in_one_line(e)}") from e


def unguarded(loaded):
    """A program as a module that takes sizes other than those it was traced with."""
    if "check_guards" in inspect.signature(loaded.module).parameters:
        return loaded.module(check_guards=False)
    return loaded.module()


def adapt(model, signature, dtype, device, result_dtypes):
    """A module with that signature, which computes in another dtype, with inputs and outputs as before.

    The model is no part of it, but shares with it where weights are held, so that they keep their names. A traced graph
    needs it even for a signature alone: torch.export would run its nodes, not its forward.
    """
    import torch
    from torch.utils._pytree import tree_flatten, tree_map, tree_unflatten

    name, _, mixed = dtype.partition("-")
    inner = getattr(torch, name, None)
    if inner is not None and not mixed:
        model.to(inner)

    def cast(value):
        return value.to(inner) if isinstance(value, torch.Tensor) and value.is_floating_point() else value

    def computed(args, kwargs):
        if mixed:
            with torch.autocast(device, dtype=inner):
                return model(*args, **kwargs)
        return model(*tree_map(cast, args), **tree_map(cast, kwargs))

    def forward(self, *args, **kwargs):
        if inner is None:
            return model(*args, **kwargs)
        leaves, structure = tree_flatten(computed(args, kwargs))
        return tree_unflatten([leaf.to(was) if was else leaf for leaf, was in zip(leaves, result_dtypes)], structure)

    itself = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
    others = [p for p in signature.parameters.values() if p.name != "self"]
    forward.__signature__ = inspect.Signature([itself, *others])
    adapted = type("Adapted", (torch.nn.Module,), {"forward": forward})().eval()
    for held in ("_parameters", "_buffers", "_modules", "_non_persistent_buffers_set"):
        adapted.__dict__[held] = model.__dict__[held]
    return adapted
