"""Compiles a torch.export program with AOTInductor, for a level of processors."""

import sys
import traceback

from narthex_export import spec
from narthex_export.progress import Failure, in_one_line

VECTOR_BITS = {"x86-64-v2": 0, "x86-64-v3": 256, "x86-64-v4": 512}
ISA = ["native", *VECTOR_BITS]


def use(device):
    """Its kind, when it can be compiled for; what is made without a word of a device is for it from then on."""
    import torch

    kind, _, index = device.partition(":")
    if kind == "cpu":
        return kind
    if kind != "cuda":
        raise Failure("machine", f"packages are compiled for the CPU and for CUDA, not for {device}")
    python = f"compiling for {device} needs a torch that sees it, and torch {torch.__version__} of {sys.executable}"
    if torch.version.cuda is None and torch.version.hip is None:
        raise Failure("machine", f"{python} is one without CUDA")
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if int(index or 0) >= count:
        raise Failure("machine", f"{python} finds {count or 'no'} GPU{'' if count == 1 else 's'}")
    torch.cuda.set_device(int(index or 0))
    return kind


def options(isa, freeze, max_autotune, threads, device):
    """Inductor's configuration."""
    chosen = {
        "freezing": freeze,
        "max_autotune": max_autotune,
        # Otherwise Inductor writes the number of threads of this process into the code.
        "cpp.dynamic_threads": threads is None,
        "cpp.threads": threads or -1,
        # libtorch's own check of inputs, where it is enabled, would refuse a dynamic size of 1.
        "aot_inductor.check_lowerbound": False,
        "aot_inductor.enable_line_tables": False,
        # Without freezing weights can be replaced; small ones would become numbers in the code.
        "always_keep_tensor_constants": not freeze,
    }
    if device == "cpu" and isa != "native":
        # Weights in oneDNN's layout for one processor are ten times as slow on another, and its operators on them refuse
        # 16 bits on older ones; ATen's operators lay weights out in each call, for where they run.
        chosen.update({"cpp.march": isa, "cpp.simdlen": VECTOR_BITS[isa], "cpp.weight_prepack": False})
    return known(chosen)


def known(chosen):
    """Those options that this torch has."""
    from torch._inductor import config

    names = set(config.get_config_copy()) if hasattr(config, "get_config_copy") else set(chosen)
    if "cpp.march" in chosen and "cpp.march" not in names:
        import torch

        raise Failure("torch", f"torch {torch.__version__} compiles for this machine only: use --isa native")
    return {name: value for name, value in chosen.items() if name in names}


def target(isa, device):
    """What compiled code needs of a machine. Makes Inductor keep to the level where its options do not."""
    import torch
    from torch._inductor import cpu_vec_isa
    from torch._inductor.cpp_builder import get_cpp_compiler

    try:
        compiler = get_cpp_compiler()
    except Exception as e:
        raise Failure("machine", f"compiling needs a C++ compiler, such as g++: {in_one_line(e)}") from e
    if isa == "x86-64-v4":
        only_avx512(cpu_vec_isa)
    features = spec.cpu_features(compiler, ["-march=" + isa])
    if isa != "native":
        missing = sorted(set(features) - set(spec.cpu_features(compiler, ["-march=native"])))
        if missing:
            raise Failure("machine", f"this processor is below {isa}, it lacks {', '.join(missing)}: use a lower --isa")
    needs = {"device": device, "isa": isa, "cpu_features": features}
    if device == "cuda":
        needs["gpu"] = torch.cuda.get_device_name()
    return needs


def only_avx512(cpu_vec_isa):
    """Of 512 bits, Inductor takes all that this machine has, such as AMX, which the level has not."""

    class Level4(cpu_vec_isa.VecAVX512):
        __hash__ = cpu_vec_isa.VecISA.__hash__

        def __bool__(self):
            return cpu_vec_isa.VecISA.__bool__(self)

    cpu_vec_isa.supported_vec_isa_list[:] = [Level4()]
    cpu_vec_isa.valid_vec_isa_list.cache_clear()


def compile_to(path, program, chosen):
    import torch

    try:
        with torch.no_grad():
            torch._inductor.aoti_compile_and_package(program, package_path=str(path), inductor_configs=dict(chosen))
    except Exception as e:
        traceback.print_exc()
        raise Failure("compile", f"AOTInductor failed: {in_one_line(e)}") from e


def constants(program, names):
    """The weights that a package holds by their names, with dtypes and shapes."""
    state = {**program.constants, **dict(program.named_parameters()), **dict(program.named_buffers())}
    return [
        {"name": name, "dtype": spec.dtype_name(state[name].dtype), "shape": list(state[name].shape)}
        if name in state and hasattr(state[name], "shape")
        else {"name": name, "dtype": None, "shape": None}
        for name in sorted(names)
    ]
