// The `libtorch.so` that compiled packages ask for.
#pragma once

#include <c10/core/Device.h>

namespace nx {

inline constexpr const char* kTorchLibrary = "libtorch.so";

// Sees to it that a library of that name is loaded, before a package is: libtorch's own for a GPU,
// and for the CPU, or a kind of device that libtorch has no part for, a stub of ours, which needs
// libtorch_cpu alone, since libtorch's own needs all of CUDA where it was built with that. A
// failure that names what was tried if there is none.
void require_torch_library(at::Device device);

}  // namespace nx
