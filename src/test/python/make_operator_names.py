"""Makes src/test/resources/fuzz/operators.txt: the operators that BadCallsTest calls with nonsense.

Run from anywhere:  python src/test/python/make_operator_names.py
Made with torch 2.15.0 on Python 3.11, Linux x86-64. Tests read the file; they never run this script.
A test skips names that its libtorch does not have. unsafe.txt beside it, written by hand, takes out those
with which libtorch itself reads or writes what it must not, hangs, or ends the process.
"""

import pathlib

import torch

TARGET = pathlib.Path(__file__).resolve().parent.parent / "resources" / "fuzz" / "operators.txt"

# Those that write to a tensor given for the result: the same code as those that make one.
OUT = {
    (schema.name, schema.overload_name)
    for schema in torch._C._jit_get_all_schemas()
    if any(argument.is_out for argument in schema.arguments)
}


def is_public(full):
    """Whether users call it: no part of libtorch's own code, no gradient."""
    name, _, overload = full.partition(".")
    return (
        name.startswith("aten::")
        and not name.startswith(("aten::_", "aten::sym_"))
        and "_backward" not in name
        and (name, overload) not in OUT
    )


names = sorted(filter(is_public, torch._C._dispatch_get_all_op_names()))
TARGET.write_text("".join(name + "\n" for name in names))
