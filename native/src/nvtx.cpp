// Operators and ranges as NVTX ranges, for NVIDIA's tools.
#include <ATen/record_function.h>
#include <torch/csrc/profiler/stubs/base.h>

#include <atomic>
#include <memory>

#include "device.h"
#include "handles.h"

namespace {

std::atomic<bool> makes_nvtx_ranges{false};

// libtorch's own observer sees the thread that starts it alone, and models run on others.
std::unique_ptr<at::ObserverContext> push_nvtx(const at::RecordFunction& function) {
  torch::profiler::impl::cudaStubs()->rangePush(function.name());
  return nullptr;
}

void pop_nvtx(const at::RecordFunction& /*function*/, at::ObserverContext* /*context*/) {
  torch::profiler::impl::cudaStubs()->rangePop();
}

}  // namespace

struct nx_nvtx {
  at::CallbackHandle callback;
};

nx_error* nx_nvtx_start(nx_nvtx** out) noexcept {
  *out = nullptr;
  return nx::guard([&] {
    nx::device_count(at::kCUDA);  // loads what would bring NVTX
    if (!torch::profiler::impl::cudaStubs()->enabled())
      throw nx::Failure(NX_ERROR_UNSUPPORTED,
                        "there is no NVTX to make ranges with: this libtorch is one without CUDA");
    auto nvtx = std::make_unique<nx_nvtx>();
    if (makes_nvtx_ranges.exchange(true))
      nx::invalid_argument("NVTX ranges are made already: once at a time in a process");
    try {
      nvtx->callback = at::addGlobalCallback(
          at::RecordFunctionCallback(push_nvtx, pop_nvtx)
              .scopes({at::RecordScope::FUNCTION, at::RecordScope::USER_SCOPE}));
    } catch (...) {
      makes_nvtx_ranges = false;
      throw;
    }
    *out = nvtx.release();
    nx::count_handle(NX_HANDLE_RECORDING, +1);
  });
}

void nx_nvtx_free(nx_nvtx* nvtx) noexcept {
  if (nvtx == nullptr) return;
  at::removeCallback(nvtx->callback);
  makes_nvtx_ranges = false;
  delete nvtx;
  nx::count_handle(NX_HANDLE_RECORDING, -1);
}
