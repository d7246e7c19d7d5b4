// What runs the fused form of a module's methods.
#pragma once

#include <ATen/core/function.h>
#include <torch/csrc/jit/runtime/graph_executor.h>

#include <map>
#include <mutex>
#include <utility>

namespace nx {

// libtorch compiles a method once, for whoever calls it first. The fused form has executors of its
// own here, so that one module can be called fused and not; and one for each number of threads,
// since oneDNN builds that number into its kernels.
class FusedExecutors {
 public:
  // Lives as long as this.
  torch::jit::GraphExecutor& of(torch::jit::Function& function, int32_t threads);

 private:
  std::mutex mutex_;
  std::map<std::pair<const torch::jit::Function*, int32_t>, torch::jit::GraphExecutor> executors_;
};

}  // namespace nx
