"""Whether a package gives the answers of the model that it was made from."""

import traceback

from narthex_export.progress import Failure, in_one_line


def answers(call, model, what):
    """The leaves of what the model returns, on the CPU."""
    import torch
    from torch.utils._pytree import tree_leaves

    try:
        return [leaf.cpu() if isinstance(leaf, torch.Tensor) else leaf for leaf in tree_leaves(call.run(model))]
    except Exception as e:
        traceback.print_exc()
        kind = "input" if what == "model" else "accuracy"
        raise Failure(kind, f"the {what} does not run on these inputs: {in_one_line(e)}") from e


def reference(calls, model):
    """The answers to all calls, after which the model's state is what it was."""
    before = [(buffer, buffer.clone()) for buffer in model.buffers()]
    expected = [answers(call, model, "model") for call in calls]
    for buffer, value in before:
        buffer.copy_(value)
    return expected


def dtypes(leaves):
    """The dtype of each that has floating-point numbers; None for others."""
    import torch

    return [leaf.dtype if isinstance(leaf, torch.Tensor) and leaf.is_floating_point() else None for leaf in leaves]


def compare(calls, expected, package, limit):
    """The largest difference over all calls and outputs, absolute and over the largest value of that output."""
    worst = {"max_abs": 0.0, "max_rel": 0.0, "calls": len(calls)}
    for call, wanted in zip(calls, expected):
        found = answers(call, package, "package")
        for i, (one, other) in enumerate(zip(wanted, found, strict=True)):
            absolute, relative = difference(one, other)
            worst["max_abs"] = max(worst["max_abs"], absolute)
            worst["max_rel"] = max(worst["max_rel"], relative)
            if not relative <= limit:
                shapes = ", ".join(f"{k} {list(getattr(v, 'shape', []))}" for k, v in call.by_name().items())
                raise Failure("accuracy", f"the package's answers are wrong: output {i} is {relative:.2g} of its largest"
                              f" value off, {limit:.2g} are accepted; inputs were {shapes}")  # fmt: skip
    return worst


def difference(one, other):
    import torch

    if not isinstance(one, torch.Tensor):
        return (0.0, 0.0) if one == (other.item() if isinstance(other, torch.Tensor) else other) else (float("inf"),) * 2
    if one.shape != other.shape or one.dtype != other.dtype:
        return float("inf"), float("inf")
    if one.numel() == 0 or torch.equal(one, other):
        return 0.0, 0.0
    wide = torch.complex128 if one.is_complex() else torch.float64
    one, other = one.to(wide), other.to(wide)
    absolute = torch.nan_to_num((one - other).abs(), nan=float("inf")).max().item()
    return absolute, absolute / max(one.abs().max().item(), 1e-30)


def mutated(program):
    """The buffers and inputs that a call changes."""
    from torch.export.graph_signature import OutputKind

    kinds = (OutputKind.BUFFER_MUTATION, OutputKind.USER_INPUT_MUTATION)
    return [spec.target for spec in program.run_decompositions({}).graph_signature.output_specs if spec.kind in kinds]
