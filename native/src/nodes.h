// The nodes of a module's code.
#pragma once

#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/ir.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace nx {

// Whether a list of operators' names has that one.
template <size_t size>
bool is_among(const std::array<std::string_view, size>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Calls `visit` with each node, those of inner blocks too.
template <class Visit>
void for_each_node(torch::jit::Block* block, const Visit& visit) {
  for (torch::jit::Node* node : block->nodes()) {
    visit(node);
    for (torch::jit::Block* inner : node->blocks()) for_each_node(inner, visit);
  }
}

// The same for all methods of the module and its submodules.
template <class Visit>
void for_each_node(const torch::jit::Module& module, const Visit& visit) {
  for (const torch::jit::Method& method : module.get_methods()) {
    if (method.function().isGraphFunction()) for_each_node(method.graph()->block(), visit);
  }
  for (const torch::jit::Module& child : module.children()) for_each_node(child, visit);
}

}  // namespace nx
