// What libtorch's runtime for compiled models takes of CUDA's driver: see cuda_runtime_api.h.
#pragma once

extern "C" {

using CUmodule = struct PretendModule*;
using CUresult = int;
inline constexpr CUresult CUDA_SUCCESS = 0;

CUresult cuModuleUnload(CUmodule module);
CUresult cuGetErrorString(CUresult error, const char** text);
}
