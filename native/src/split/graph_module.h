// Modules around one graph.
#pragma once

#include <torch/csrc/jit/api/module.h>

namespace nx {

// A module without methods, in a compilation unit of its own: who has it does not keep the code of
// others, nor their weights.
torch::jit::Module empty_module(const char* type_name);

// Gives a module its `forward`: the graph, whose first input is the module. `describe` may change
// what it takes, but for the module, and returns.
void define_forward(
    const torch::jit::Module& module, const std::shared_ptr<torch::jit::Graph>& graph,
    const std::function<void(std::vector<c10::Argument>&, std::vector<c10::Argument>&)>& describe);

}  // namespace nx
