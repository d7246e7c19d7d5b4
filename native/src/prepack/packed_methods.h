// What runs the prepacked form of a module's methods.
#pragma once

#include <ATen/core/function.h>
#include <torch/csrc/jit/runtime/interpreter.h>

#include <mutex>
#include <unordered_map>

namespace nx {

// A method is prepacked by its first call. Nothing is compiled for a shape, so that one form serves
// all inputs and threads.
class PackedMethods {
 public:
  // Runs the function with self and the inputs on the stack, which then holds the result.
  void run(torch::jit::Function& function, torch::jit::Stack& stack);

 private:
  torch::jit::Code find(torch::jit::Function& function);

  std::mutex mutex_;
  std::unordered_map<const torch::jit::Function*, torch::jit::Code> codes_;
};

}  // namespace nx
