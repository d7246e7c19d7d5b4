// What runs the fused form of a module's methods.
#pragma once

#include <ATen/core/function.h>
#include <torch/csrc/jit/runtime/graph_executor.h>

#include <atomic>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace nx {

// libtorch compiles a method once, for whoever calls it first, and a new input shape runs unfused
// until it has been compiled too. The fused form has plans of its own here: one for each method,
// number of threads (oneDNN builds that number into its kernels), and dtypes, shapes and strides of
// the inputs, so that a shape is compiled once, by its first two calls, and no other one slows
// down.
class FusedPlans {
 public:
  // What a plan was made for, and what that took.
  struct Compilation {
    std::string inputs;  // "float32[1, 3, 224, 224]"
    int32_t threads;
    double milliseconds;                    // its first two calls
    int64_t parts;                          // kernels that oneDNN made
    int64_t compiled;                       // operators in them
    std::map<std::string, int64_t> others;  // operators that compute outside of them, by name
  };

  // Runs the function with self and the inputs on the stack, which then holds the result.
  void run(torch::jit::Function& function, int32_t threads, torch::jit::Stack& stack);

  // In the order in which they were made. Of plans that were dropped to make room for others, too.
  std::vector<Compilation> compilations() const;

 private:
  struct Plan;

  std::shared_ptr<Plan> find(torch::jit::Function& function, int32_t threads,
                             const torch::jit::Stack& stack);

  mutable std::mutex mutex_;
  std::list<std::shared_ptr<Plan>> plans_;  // the most recently used first
  std::vector<Compilation> compilations_;
};

}  // namespace nx
