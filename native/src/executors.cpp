#include "executors.h"

#include <torch/csrc/jit/api/function_impl.h>

namespace nx {

torch::jit::GraphExecutor& FusedExecutors::of(torch::jit::Function& function, int32_t threads) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto key = std::make_pair(&function, threads);
  if (const auto found = executors_.find(key); found != executors_.end()) return found->second;
  torch::jit::GraphExecutor executor(torch::jit::toGraphFunction(function).optimized_graph(),
                                     function.name());
  return executors_.emplace(key, std::move(executor)).first->second;
}

}  // namespace nx
