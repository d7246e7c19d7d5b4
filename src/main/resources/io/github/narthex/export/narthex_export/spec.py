"""What a package says of its inputs and outputs: docs/pt2.md describes it."""

import subprocess

# Names that the kernel has for what a compiler may use, by the macros that say so.
FEATURES = {
    "SSE3": "pni", "SSSE3": "ssse3", "SSE4_1": "sse4_1", "SSE4_2": "sse4_2", "POPCNT": "popcnt", "AVX": "avx",
    "AVX2": "avx2", "FMA": "fma", "F16C": "f16c", "BMI": "bmi1", "BMI2": "bmi2", "LZCNT": "abm", "MOVBE": "movbe",
    "AES": "aes", "PCLMUL": "pclmulqdq", "SHA": "sha_ni", "GFNI": "gfni", "VAES": "vaes", "VPCLMULQDQ": "vpclmulqdq",
    "ADX": "adx", "AVXVNNI": "avx_vnni", "AVX512F": "avx512f", "AVX512DQ": "avx512dq", "AVX512BW": "avx512bw",
    "AVX512VL": "avx512vl", "AVX512CD": "avx512cd", "AVX512IFMA": "avx512ifma", "AVX512VBMI": "avx512vbmi",
    "AVX512VBMI2": "avx512_vbmi2", "AVX512VNNI": "avx512_vnni", "AVX512BITALG": "avx512_bitalg",
    "AVX512VPOPCNTDQ": "avx512_vpopcntdq", "AVX512VP2INTERSECT": "avx512_vp2intersect", "AVX512BF16": "avx512_bf16",
    "AVX512FP16": "avx512_fp16", "AMX_TILE": "amx_tile", "AMX_BF16": "amx_bf16", "AMX_INT8": "amx_int8",
}  # fmt: skip


def cpu_features(compiler, flags):
    """What code may use that is compiled with these flags, as /proc/cpuinfo names it."""
    command = [compiler, *flags, "-dM", "-E", "-x", "c++", "/dev/null"]
    macros = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return sorted(name for macro, name in FEATURES.items() if f"__{macro}__" in macros)


def dtype_name(dtype):
    return str(dtype).removeprefix("torch.")


def leaf_names(prefix, tree, alone=None):
    """A name for each leaf: ARGS[0], KWARGS[k], RESULT[scores][1]; `alone` for a tree that is a leaf itself."""
    from torch.utils._pytree import tree_flatten_with_path

    def key(entry):
        return getattr(entry, "key", getattr(entry, "idx", getattr(entry, "name", entry)))

    leaves, _ = tree_flatten_with_path(tree)
    return [prefix + "".join(f"[{key(entry)}]" for entry in path) if path else alone for path, _ in leaves]


class Shapes:
    """Sizes and strides of a program as JSON, with the names and bounds of those that vary."""

    def __init__(self, program, dynamic):
        self.ranges = program.range_constraints
        self.groups = {}
        self.dynamic = dynamic

    def learn(self, parameter, value):
        """Notes which symbol stands for which dynamic dimension."""
        for group in self.dynamic:
            for name, dim in group.dims:
                if name == parameter and not isinstance(value.shape[dim], int):
                    self.groups[str(value.shape[dim].node.expr)] = group

    def size(self, size):
        if isinstance(size, int):
            return size
        expression = size.node.expr
        group = self.groups.get(str(expression))
        if group:
            return {"name": group.name, "min": group.low, "max": group.high}
        low, high = self.bounds(expression)
        text = self.text(expression)
        return {"name" if expression.is_symbol else "expression": text, "min": low, "max": high}

    def text(self, expression):
        import sympy

        names = {s: sympy.Symbol(self.groups[str(s)].name) for s in expression.free_symbols if str(s) in self.groups}
        return str(expression.xreplace(names))

    def bounds(self, expression):
        from torch.utils._sympy.value_ranges import bound_sympy

        found = bound_sympy(expression, self.ranges)
        return int(found.lower), None if str(found.upper) in ("int_oo", "oo") else int(found.upper)

    def strides(self, value):
        """Null for row-major; otherwise numbers, and expressions where they depend on sizes."""
        if value.is_contiguous():
            return None
        return [s if isinstance(s, int) else {"expression": self.text(s.node.expr)} for s in value.stride()]

    def tensor(self, value):
        return {
            "dtype": dtype_name(value.dtype),
            "shape": [self.size(size) for size in value.shape],
        }


def of_program(program, dynamic, names):
    """The inputs, those that are fixed, and the outputs; `names` are those of the positional arguments."""
    import torch
    from torch.export.graph_signature import InputKind, OutputKind, TensorArgument

    args, kwargs = program.example_inputs
    leaves = leaf_names("ARGS", args) + leaf_names("KWARGS", kwargs)
    parameters = leaf_names("", dict(zip(names, args))) + leaf_names("", kwargs)
    nodes = {node.name: node for node in program.graph.nodes}
    shapes = Shapes(program, dynamic)
    arguments = [spec.arg for spec in program.graph_signature.input_specs if spec.kind == InputKind.USER_INPUT]
    inputs, fixed = [], []
    for leaf, parameter, argument in zip(leaves, parameters, arguments, strict=True):
        head, _, rest = parameter[1:].partition("]")
        named = {"name": leaf, "parameter": head + rest}
        if isinstance(argument, TensorArgument):
            value = nodes[argument.name].meta["val"]
            shapes.learn(head, value)
            inputs.append({**named, **shapes.tensor(value), "strides": shapes.strides(value)})
        else:
            fixed.append({**named, "value": getattr(argument, "value", None)})
    results = torch.utils._pytree.tree_unflatten(
        list(range(program.call_spec.out_spec.num_leaves)), program.call_spec.out_spec
    )
    outputs = []
    given = [spec.arg for spec in program.graph_signature.output_specs if spec.kind == OutputKind.USER_OUTPUT]
    for leaf, argument in zip(leaf_names("RESULT", results, alone="RESULT[0]"), given, strict=True):
        if isinstance(argument, TensorArgument):
            outputs.append({"name": leaf, **shapes.tensor(nodes[argument.name].meta["val"])})
        else:
            outputs.append({"name": leaf, "value": getattr(argument, "value", None)})
    return {"inputs": inputs, "fixed": fixed, "outputs": outputs}
