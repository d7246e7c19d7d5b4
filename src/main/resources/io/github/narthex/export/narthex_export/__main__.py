"""Compiles a model with AOTInductor into a .pt2 package that says what its inputs are.

    python narthex_export model.py:Net --input 1x3x224x224 --output net.pt2

Needs torch, of the version that is to run the package, and a C++ compiler. Lines on standard error that begin with
"narthex-export:" say how far it is ("stage 5/6 compile"), what is worth knowing ("note ...") and why it failed
("error KIND ..."); all others are torch's. The result is JSON on standard output.
"""

import argparse
import contextlib
import inspect
import json
import os
import shutil
import sys
import tempfile
import traceback
from pathlib import Path

if not __package__:  # run as a folder: its modules are those of a package, whatever the model's own are called
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from narthex_export import accuracy, aoti, archive, inputs, sources, spec  # noqa: E402
from narthex_export.progress import EXIT, Failure, Stages, say  # noqa: E402

DTYPES = ["float32", "bfloat16", "float16", "bfloat16-mixed", "float16-mixed"]


def arguments(words):
    parser = argparse.ArgumentParser(
        prog="narthex_export", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    option = parser.add_argument
    option("source", help="FILE.py:NAME (a class, or a function that makes a module), a file that torch.export.save"
           " wrote, or TorchScript")  # fmt: skip
    option("--output", required=True, type=Path, metavar="FILE.pt2")
    option("--input", action="append", default=[], metavar="SPEC",
           help="[NAME=]SHAPE[:DTYPE[:LOW..HIGH]], such as 1x3x224x224 or ids=1x128:int64:0..30000, or a .npy file; once"
           " for each input. A saved program has its own.")  # fmt: skip
    option("--dynamic", action="append", default=[], metavar="DIMS",
           help="a dimension that may vary: [NAME:]INPUT.DIM[,INPUT.DIM...]=LOW..[HIGH], such as x.0=1..16, or"
           " batch:ids.0,mask.0=1..32 for two that are always the same")  # fmt: skip
    option("--dtype", choices=DTYPES, help="what to compute in; inputs and outputs keep their dtypes. -mixed: 16 bits for"
           " products and convolutions only. Default: as the model is")  # fmt: skip
    option("--freeze", action=argparse.BooleanOptionalAction, default=True,
           help="weights become constants, which is faster; without, they can be replaced later. Default: on")  # fmt: skip
    option("--max-autotune", action="store_true", help="try several kernels on this machine; takes long")
    option("--isa", choices=aoti.ISA, default="native", help="the processors to compile for. Default: this one")
    option("--threads", type=int, metavar="N", help="compile for so many threads. Default: for any number")
    option("--device", default="cpu", help="cpu, cuda, or cuda:1 and so on. Default: cpu")
    option("--name", default="model", help="of the model in the package. Default: model")
    option("--add", action="store_true", help="keep the models that are in the output already")
    option("--max-error", type=float, default=0.02, metavar="E", help="of the package's answers, relative to the largest"
           " value; above it no package is written. Default: 0.02")  # fmt: skip
    option("--seed", type=int, default=0, help="of random weights and made-up inputs. Default: 0")
    option("--inductor", action="append", default=[], metavar="KEY=VALUE", help="an option of torch._inductor.config,"
           " VALUE as JSON")  # fmt: skip
    return parser.parse_args(words)


def inductor_options(texts):
    found = {}
    for text in texts:
        key, equals, value = text.partition("=")
        try:
            found[key] = json.loads(value)
        except ValueError as e:
            raise Failure("usage", f"bad --inductor '{text}': expected KEY=VALUE, VALUE as JSON") from e
    return found


def check(asked):
    if asked.output.suffix != ".pt2":
        raise Failure("usage", f"bad --output '{asked.output}': expected a name that ends in .pt2")
    if not asked.output.parent.is_dir():
        raise Failure("output", f"there is no directory {asked.output.parent}")


def example(asked, source, dynamic):
    """The calls to trace with and to compare answers with; the first is the former."""
    import torch

    if source.kind == "program":
        if asked.input or asked.dynamic or asked.dtype:
            raise Failure("usage", "a saved program says itself what its inputs are, which vary, and what it computes in:"
                          " --input, --dynamic and --dtype are for modules and TorchScript")  # fmt: skip
        args, kwargs = source.program.example_inputs
        found = source.program.module_call_graph[0].signature
        names = list(getattr(found, "forward_arg_names", None) or [])[: len(args)]
        names += [f"arg{i}" for i in range(len(names), len(args))]
        return [inputs.Call(args, kwargs, names)]
    generator = torch.Generator().manual_seed(asked.seed)
    given = inputs.bind(asked.input, source.signature, generator, source.kind == "torchscript")
    # A size of 1 would be taken for one that never varies.
    traced = given.sized(dynamic, lambda group: max(2, group.size(given.by_name(), None)))
    if not dynamic:
        return [traced]
    sizes = [lambda g: None, lambda g: g.low, lambda g: g.high or 2 * g.size(traced.by_name(), None)]
    return [traced, *[given.sized(dynamic, size) for size in sizes]]


def exported(asked, source, call, dynamic, result_dtypes):
    """The torch.export program."""
    import torch

    if source.program is not None:
        return source.program
    try:
        model = source.traceable(call)
        if source.kind == "torchscript" or asked.dtype:
            model = sources.adapt(model, source.signature, asked.dtype or "as-is", torch.device(asked.device).type, result_dtypes)
        args, kwargs = inputs.shapes_for(call, dynamic)
        by_name = {**dict(zip(call.names, args)), **kwargs}
        plain = all(name in inspect.signature(model.forward).parameters for name in by_name)
        return torch.export.export(
            model, call.args, call.kwargs, dynamic_shapes=(by_name if plain else (args, kwargs)) if dynamic else None
        )
    except Failure:
        raise
    except Exception as e:
        traceback.print_exc()
        raise Failure("export", "torch.export failed: " + sources.in_one_line(e)) from e


def run(asked, folder, stages):
    check(asked)
    dynamic = [inputs.Dynamic(text) for text in asked.dynamic]
    extra = inductor_options(asked.inductor)
    stages.begin("import", "importing torch")
    try:
        import torch
    except ImportError as e:
        raise Failure("torch", f"torch can't be imported by {sys.executable}: {e}") from e
    torch.manual_seed(asked.seed)
    kind = aoti.use(asked.device)
    needs = aoti.target(asked.isa, kind)
    chosen = aoti.options(asked.isa, asked.freeze, asked.max_autotune, asked.threads, kind)

    stages.begin("load", "loading the model")
    source = sources.load(asked.source)
    if kind != "cpu":
        source.original.to(asked.device)
    calls = [call.to(asked.device) for call in example(asked, source, dynamic)]

    stages.begin("reference", "running the model as it is")
    expected = accuracy.reference(calls, source.original)

    stages.begin("export", "exporting its graph")
    program = exported(asked, source, calls[0], dynamic, accuracy.dtypes(expected[0]))
    described = spec.of_program(program, dynamic, calls[0].names)

    stages.begin("compile", "compiling" + (", trying kernels" if asked.max_autotune else ""))
    compiled = folder / "compiled.pt2"
    aoti.compile_to(compiled, program, {**chosen, **extra})

    stages.begin("verify", "comparing the package's answers")
    package = torch._inductor.aoti_load_package(str(compiled))
    accurate = accuracy.compare(calls, expected, package, asked.max_error)
    stages.end()
    model = {
        **needs,
        "vector": package.get_metadata().get("AOTI_CPU_ISA", "").lower().replace("invalid_vec_isa", "none"),
        **described,
        "constants": aoti.constants(program, package.get_constant_fqns()),
        "replaceable": not asked.freeze,
        "mutates": accuracy.mutated(program),
        "options": {"dtype": asked.dtype, "freezing": asked.freeze, "max_autotune": asked.max_autotune,
                    "threads": asked.threads, "inductor": extra},
        "source": source.kind,
        "compile_seconds": stages.seconds["compile"],
        "accuracy": accurate,
    }  # fmt: skip
    archive.write(asked.output, compiled, asked.name, model, torch.__version__.partition("+")[0], asked.add)
    return {
        "schema": "narthex.export/1",
        "output": str(asked.output),
        "file_bytes": asked.output.stat().st_size,
        "source": asked.source,
        "name": asked.name,
        "torch": torch.__version__,
        "python": sys.executable,
        "seconds": stages.seconds,
        "model": model,
    }


def main(words):
    asked = arguments(words)
    stages = Stages()
    folder = Path(tempfile.mkdtemp(prefix="narthex-export-"))
    # Inductor leaves there what it made, as large as the model.
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(folder / "inductor"))
    try:
        with contextlib.redirect_stdout(sys.stderr):
            result = run(asked, folder, stages)
    except Failure as e:
        say(f"error {e.kind} {e}")
        return EXIT[e.kind]
    except KeyboardInterrupt:
        say("error interrupted")
        return 130
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
