"""A model in Python's torch, eager or by torch.compile, in turns as turns.sh has them.

    python torch_turns.py turns SOURCE --input SPEC ... [--compile] [--mode MODE] [--dtype bfloat16] [--threads 2] [--device cuda]
    python torch_turns.py save SOURCE --input SPEC ... --output FILE.pt

SOURCE and SPEC are as `narthex export` takes them. `save` writes TorchScript, traced.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src/main/resources/io/github/narthex/export"))

from narthex_export import accuracy, inputs, sources  # noqa: E402

WARM_UP = 12
SETTLING_SECONDS = 2


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    option = parser.add_argument
    option("task", choices=["turns", "save"])
    option("source")
    option("--input", action="append", required=True, metavar="SPEC")
    option("--compile", action="store_true", help="by Inductor in its default mode, weights frozen")
    option("--mode", help="of torch.compile, such as reduce-overhead")
    option("--device", default="cpu", help="model and inputs are there; a sample ends when the device is done")
    option("--dtype", help="what to compute in, as for `narthex export`; inputs and outputs keep theirs")
    option("--threads", type=int, default=2)
    option("--output", type=Path)
    return parser.parse_args()


def prepared(asked, source, call):
    """The model to be run."""
    model = source.traceable(call)
    if asked.dtype:
        results = accuracy.dtypes(call.run(source.original))
        model = sources.adapt(model, source.signature, asked.dtype, asked.device, results)
    model = model.to(asked.device)
    if not asked.compile:
        return model
    torch._inductor.config.freezing = True
    return torch.compile(model, mode=asked.mode)


def wait():
    """For the device; replaced where there is one."""


def sample(model, call, runs):
    """The mean of so many runs one after the other, in milliseconds."""
    start = time.perf_counter()
    for _ in range(runs):
        model(*call.args, **call.kwargs)
    wait()
    return (time.perf_counter() - start) * 1e3 / runs


def serve_turns(model, call):
    sample(model, call, WARM_UP)
    end = time.perf_counter() + SETTLING_SECONDS
    while time.perf_counter() < end:
        sample(model, call, 1)
    print("ready", flush=True)
    for line in sys.stdin:
        word, *numbers = line.split()
        if word != "turn":
            break
        count, runs = map(int, numbers)
        print(*(f"{sample(model, call, runs):.6f}" for _ in range(count)), flush=True)
    print(json.dumps({"peak_rss_bytes": peak_rss_bytes()}), flush=True)


def peak_rss_bytes():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


def main():
    global wait
    asked = arguments()
    if asked.device != "cpu":
        wait = torch.cuda.synchronize
    torch.set_num_threads(asked.threads)
    source = sources.load(asked.source)
    call = inputs.bind(asked.input, source.signature, torch.Generator().manual_seed(0), source.kind == "torchscript")
    # As sessions have it; torch.compile is told of what it compiles for by no_grad.
    with torch.no_grad() if asked.compile else torch.inference_mode():
        if asked.task == "save":
            there = call.to(asked.device)
            torch.jit.trace(source.original.to(asked.device), there.args).save(str(asked.output))
        else:
            serve_turns(prepared(asked, source, call), call.to(asked.device))


main()
