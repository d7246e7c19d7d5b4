// The one file that is compiled with CUDA's headers: see native/src/cuda_part.h.
#include "cuda_part.h"

#include <ATen/core/CachingHostAllocator.h>
#include <ATen/cuda/CUDAGeneratorImpl.h>
#include <ATen/cuda/CUDAGraph.h>
#include <ATen/cuda/MemPool.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <torch/csrc/cuda/memory_snapshot.h>

#include "error.h"

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

// What a capture that failed has left is ended: by libtorch's own destructor where it knows of it
// (2.15), or else here. Otherwise memory that several streams use would never be given to others
// again, and random numbers could not be drawn any more.
class EndedGraph : public at::cuda::CUDAGraph {
 public:
  void end(c10::MempoolId_t pool) noexcept {
    if (!capture_ended_) nx::attempt([&] { capture_end(); });
    end_in(pool, *this, at::getHostAllocator(at::kCUDA));
  }

 private:
  template <class Graph, class Host>
  static void end_in(c10::MempoolId_t pool, Graph& graph, Host* host) noexcept {
    if constexpr (!requires { graph.allocated_pool_; }) {
      const bool was_begun = graph.capture_dev_ != Graph::UNDEFINED_DEVICE;
      if (!was_begun || graph.capture_ended_) return;
      nx::attempt([&] { allocator::endAllocateToPool(graph.capture_dev_, pool); });
      nx::attempt([&] { allocator::releasePool(graph.capture_dev_, pool); });
      if constexpr (requires { host->end_allocate_to_pool(pool); }) {
        nx::attempt([&] { host->end_allocate_to_pool(pool); });
        nx::attempt([&] { host->release_pool(pool); });
      }
      for (auto& [generator, increment] : graph.captured_generator_states_) {
        if constexpr (requires { generator->capturing_; }) generator->capturing_ = false;
      }
    }
  }
};

class CudaGraph final : public nx::Recording {
 public:
  CudaGraph(Pool pool, const std::function<void()>& body)
      : pool_(pool == Pool() ? at::cuda::MemPool::graph_pool_handle(/*is_user_created=*/false)
                             : c10::MempoolId_t(pool)) {
    try {
      // Other threads go on meanwhile, and may do what would not be allowed on this one.
      graph_.capture_begin(pool_, cudaStreamCaptureModeThreadLocal);
      body();
      graph_.capture_end();
    } catch (...) {
      graph_.end(pool_);
      throw;
    }
  }

  void replay() override { graph_.replay(); }
  Pool pool() override { return pool_; }

 private:
  c10::MempoolId_t pool_;
  EndedGraph graph_;
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
