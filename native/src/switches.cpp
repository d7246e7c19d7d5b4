#include "switches.h"

#include <ATen/Context.h>

#include <array>
#include <functional>
#include <mutex>

#include "error.h"

namespace nx {
namespace {

using Restore = std::function<void()>;

at::Float32Precision cuda_precision(at::Float32Op op) {
  return at::globalContext().float32Precision(at::Float32Backend::CUDA, op);
}

void set_cuda_precision(at::Float32Op op, at::Float32Precision precision) {
  at::globalContext().setFloat32Precision(at::Float32Backend::CUDA, op, precision);
}

// libtorch has an old and a new form of these, and fails where they contradict each other. The old
// setters set both forms; what they replace is read and restored by the new one, which knows more.
Restore allow_tf32() {
  using at::Float32Op;
  constexpr auto kTf32 = at::Float32Precision::TF32;
  Restore restore = [] {};
  if (const auto before = cuda_precision(Float32Op::MATMUL); before != kTf32) {
    at::globalContext().setAllowTF32CuBLAS(true);
    restore = [before] {
      at::globalContext().setAllowTF32CuBLAS(false);
      set_cuda_precision(Float32Op::MATMUL, before);
    };
  }
  const auto convolution = cuda_precision(Float32Op::CONV);
  const auto recurrent = cuda_precision(Float32Op::RNN);
  if (convolution == kTf32 && recurrent == kTf32) return restore;
  at::globalContext().setAllowTF32CuDNN(true);
  return [=] {
    restore();
    at::globalContext().setAllowTF32CuDNN(false);
    set_cuda_precision(Float32Op::CONV, convolution);
    set_cuda_precision(Float32Op::RNN, recurrent);
  };
}

Restore try_algorithms() {
  const bool before = at::globalContext().benchmarkCuDNN();
  at::globalContext().setBenchmarkCuDNN(true);
  return [before] { at::globalContext().setBenchmarkCuDNN(before); };
}

// Sums of products of 16-bit numbers; whether they are split into parts is left as it is.
Restore sum_in_float32() {
  using Option = at::CuBLASReductionOption;
  const auto is_split = [](Option option) {
    return option != Option::DisallowReducedPrecisionDisallowSplitK;
  };
  const auto is_reduced = [](Option option) {
    return option == Option::AllowReducedPrecisionWithSplitK;
  };
  const Option fp16 = at::globalContext().allowFP16ReductionCuBLAS();
  const Option bf16 = at::globalContext().allowBF16ReductionCuBLAS();
  at::globalContext().setAllowFP16ReductionCuBLAS(false, is_split(fp16));
  at::globalContext().setAllowBF16ReductionCuBLAS(false, is_split(bf16));
  return [=] {
    at::globalContext().setAllowFP16ReductionCuBLAS(is_reduced(fp16), is_split(fp16));
    at::globalContext().setAllowBF16ReductionCuBLAS(is_reduced(bf16), is_split(bf16));
  };
}

struct Switch {
  int32_t bit;
  Restore (*set)();
  Restore restore;
  int64_t users = 0;
};

std::mutex guard_of_switches;

std::array<Switch, 3>& switches() {
  static std::array<Switch, 3> all{{{NX_SWITCH_TF32, &allow_tf32, {}},
                                    {NX_SWITCH_CUDNN_BENCHMARK, &try_algorithms, {}},
                                    {NX_SWITCH_FLOAT32_SUMS, &sum_in_float32, {}}}};
  return all;
}

constexpr int32_t kKnown = NX_SWITCH_TF32 | NX_SWITCH_CUDNN_BENCHMARK | NX_SWITCH_FLOAT32_SUMS;

}  // namespace

SwitchScope::SwitchScope(int32_t switches) {
  if (switches == 0) return;
  if ((switches & ~kKnown) != 0) invalid_argument("unknown switches " + std::to_string(switches));
  const std::lock_guard<std::mutex> lock(guard_of_switches);
  try {
    for (Switch& each : nx::switches()) {
      if ((switches & each.bit) == 0) continue;
      if (each.users == 0) each.restore = each.set();
      ++each.users;
      held_ |= each.bit;
    }
  } catch (...) {
    let_go();
    throw;
  }
}

SwitchScope::~SwitchScope() {
  if (held_ == 0) return;
  const std::lock_guard<std::mutex> lock(guard_of_switches);
  let_go();
}

void SwitchScope::let_go() noexcept {
  for (Switch& each : nx::switches()) {
    if ((held_ & each.bit) != 0 && --each.users == 0) attempt([&] { each.restore(); });
  }
}

}  // namespace nx
