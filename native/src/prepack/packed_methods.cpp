#include "prepack/packed_methods.h"

#include <torch/csrc/jit/api/function_impl.h>

#include "prepack/prepack.h"

namespace nx {

torch::jit::Code PackedMethods::find(torch::jit::Function& function) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = codes_.find(&function);
  if (found != codes_.end()) return found->second;
  const auto graph = prepacked(*torch::jit::toGraphFunction(function).optimized_graph());
  return codes_.emplace(&function, torch::jit::Code(graph, function.name())).first->second;
}

void PackedMethods::run(torch::jit::Function& function, torch::jit::Stack& stack) {
  torch::jit::InterpreterState(find(function)).run(stack);
}

}  // namespace nx
