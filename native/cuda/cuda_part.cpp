// The one file that is compiled with CUDA's headers: see native/src/cuda_part.h.
#include "cuda_part.h"

#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <torch/csrc/cuda/memory_snapshot.h>

namespace {

namespace allocator = c10::cuda::CUDACachingAllocator;

void set_memory_fraction(int8_t index, double fraction) {
  allocator::setMemoryFraction(fraction, index);
}

// With the lines of TorchScript that each piece was taken for; there is no Python here, and
// finding C++ frames takes seconds.
void record_history(int64_t entries) {
  const std::optional<std::string> on = entries == 0 ? std::nullopt : std::optional("all");
  torch::cuda::_record_memory_history(on, on, "python", static_cast<size_t>(entries));
}

void observe_out_of_memory(void (*observer)()) {
  allocator::attachOutOfMemoryObserver([observer](int64_t /*device*/, size_t /*asked*/,
                                                  size_t /*total*/,
                                                  size_t /*free*/) { observer(); });
}

// What a capture that failed leaves to do is done by the graph's destructor, from libtorch 2.15 on;
// the shim asks for no recording before.
class CudaGraph final : public nx::Recording {
 public:
  CudaGraph(Pool pool, const std::function<void()>& body) {
    // Other threads go on meanwhile, and may do what would not be allowed on this one.
    graph_.capture_begin(pool, cudaStreamCaptureModeThreadLocal);
    try {
      body();
    } catch (...) {
      end_quietly();
      throw;
    }
    graph_.capture_end();
  }

  void replay() override { graph_.replay(); }
  Pool pool() override { return graph_.pool(); }

 private:
  // What went wrong before tells more.
  void end_quietly() noexcept {
    try {
      graph_.capture_end();
    } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch)
    }
  }

  at::cuda::CUDAGraph graph_;
};

std::unique_ptr<nx::Recording> record(nx::Recording::Pool pool, const std::function<void()>& body) {
  return std::make_unique<CudaGraph>(pool, body);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) const nx::CudaPart* narthex_cuda_part() {
  static const nx::CudaPart part{nx::kCudaPartVersion,
                                 &allocator::getMemoryFraction,
                                 &set_memory_fraction,
                                 &record_history,
                                 &torch::cuda::_memory_snapshot_pickled,
                                 &observe_out_of_memory,
                                 &record};
  return &part;
}
