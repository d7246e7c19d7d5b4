// All that differs between the libtorchs that this builds with, 2.10 and later.
#pragma once

#include <ATen/cpu/Utils.h>
#include <torch/csrc/profiler/orchestration/observer.h>
#include <torch/version.h>

#define NX_TORCH_IS(minor) (TORCH_VERSION_MAJOR > 2 || TORCH_VERSION_MINOR >= (minor))

// Work of a device, recorded by calls that are the same for all kinds of devices.
#if NX_TORCH_IS(15)
#define NX_HAS_GRAPHS 1
#include <ATen/DeviceAccelerator.h>
#else
#define NX_HAS_GRAPHS 0
#endif

namespace nx {

// The profiler that records all threads, as a pointer to it; null if none runs.
template <class State = torch::profiler::impl::ProfilerStateBase>
auto global_profiler() {
  if constexpr (requires { State::getGlobal(); }) {
    return State::getGlobal();
  } else {
    return State::get(/*global=*/true);  // before 2.15, which does not keep it alive
  }
}

inline bool has_amx_int8() {
#if NX_TORCH_IS(11)
  const auto abilities = at::cpu::get_cpu_capabilities();
  const auto found = abilities.find("amx_int8");
  return found != abilities.end() && found->second.isBool() && found->second.toBool();
#else
  return at::cpu::is_amx_tile_supported();
#endif
}

}  // namespace nx
