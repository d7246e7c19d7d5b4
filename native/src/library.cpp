// Versions, counts and process-wide matters.
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <malloc.h>
#include <torch/csrc/inductor/aoti_torch/c/shim.h>
#include <torch/version.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "device.h"
#include "handles.h"
#include "value.h"

namespace nx {
namespace {
std::array<std::atomic<int64_t>, NX_HANDLE_KINDS> live_handles{};
}

void count_handle(int32_t kind, int64_t change) noexcept {
  live_handles[static_cast<size_t>(kind)].fetch_add(change, std::memory_order_relaxed);
}

}  // namespace nx

int32_t nx_abi_version() noexcept { return NX_ABI_VERSION; }

const char* nx_torch_version() noexcept { return TORCH_VERSION; }

int32_t nx_torch_runtime_version() noexcept {
  // libtorch packs major, minor and patch into the three highest bytes.
  return static_cast<int32_t>(aoti_torch_abi_version() >> 40U);
}

nx_error* nx_torch_info(nx_value* out) noexcept {
  *out = {};
  return nx::guard([&] {
    nx::device_count(at::kCUDA);  // show_config asks whether there is CUDA: see device.cpp
    std::vector<c10::IValue> engines;
    for (const at::QEngine engine : at::globalContext().supportedQEngines())
      engines.emplace_back(c10::toString(engine));
    nx::write_value(
        c10::ivalue::Tuple::create({at::show_config(), at::get_parallel_info(),
                                    at::get_cpu_capability(), c10::ivalue::Tuple::create(engines)}),
        out);
  });
}

int64_t nx_live_handles(int32_t kind) noexcept {
  if (kind < 0 || kind >= NX_HANDLE_KINDS) return 0;
  return nx::live_handles[static_cast<size_t>(kind)].load(std::memory_order_relaxed);
}

void nx_trim_memory() noexcept { malloc_trim(0); }

void nx_skip_teardown() noexcept {
  on_exit(
      [](int status, void*) {
        std::fflush(nullptr);
        _exit(status);
      },
      nullptr);
}
