#include "rewrite/fold_scales.h"

#include <ATen/ops/mul.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "nodes.h"
#include "rewrite/frozen.h"

namespace nx {
namespace {

using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Value;

// Whose results are the elements of their first input in another place.
constexpr std::array<std::string_view, 6> kMoves{"aten::view",      "aten::reshape",
                                                 "aten::transpose", "aten::permute",
                                                 "aten::flatten",   "aten::contiguous"};

bool moves_elements(const Node* node) {
  return std::find(kMoves.begin(), kMoves.end(), node->kind().toQualString()) != kMoves.end();
}

// The number that a value always is.
std::optional<double> constant_number(const Value* value) {
  if (const auto tensor = constant_tensor(value)) {
    if (tensor->dim() != 0 || !tensor->is_floating_point()) return {};
    return tensor->item<double>();
  }
  const auto number = constant_value(value);
  if (!number || !number->isScalar() || number->toScalar().isComplex()) return {};
  return number->toScalar().toDouble();
}

// What a node multiplies its first input by; none if it is no such node.
std::optional<double> factor_of(const Node* node) {
  const std::string_view kind = node->kind().toQualString();
  if (node->inputs().size() != 2 || (kind != "aten::mul" && kind != "aten::div")) return {};
  const auto number = constant_number(node->input(1));
  if (!number || *number == 0) return {};
  return kind == "aten::mul" ? *number : 1 / *number;
}

// The linear layer of which a value holds nothing but the elements, and which nobody else reads.
Node* linear_behind(Value* value) {
  while (value->uses().size() == 1) {
    Node* node = value->node();
    if (node->kind().toQualString() == std::string_view("aten::linear")) return node;
    if (!moves_elements(node)) return nullptr;
    value = node->input(0);
  }
  return nullptr;
}

// The linear layer whose results may be scaled in place of the value's elements.
Node* linear_to_scale(Value* value) {
  if (Node* linear = linear_behind(value)) return linear;
  const Node* product = value->node();
  if (value->uses().size() != 1 ||
      product->kind().toQualString() != std::string_view("aten::matmul"))
    return nullptr;
  return linear_behind(value->node()->input(0));
}

bool scale(Graph& graph, Node* linear, double factor) {
  const auto weight = constant_tensor(linear->input(1));
  if (!weight || weight->scalar_type() != at::kFloat) return false;
  const auto bias = constant_tensor(linear->input(2));
  if (!bias && !linear->input(2)->mustBeNone()) return false;
  const torch::jit::WithInsertPoint here(linear);
  linear->replaceInput(1, graph.insertConstant(at::mul(*weight, factor)));
  if (bias) linear->replaceInput(2, graph.insertConstant(at::mul(*bias, factor)));
  return true;
}

}  // namespace

void fold_scales(std::shared_ptr<Graph>& graph) {
  std::vector<Node*> scalings;
  for_each_node(graph->block(), [&](Node* node) {
    if (factor_of(node)) scalings.push_back(node);
  });
  for (Node* node : scalings) {
    Node* linear = linear_to_scale(node->input(0));
    // In one block, so that the layer is run whenever the scaling is.
    if (linear == nullptr || linear->owningBlock() != node->owningBlock()) continue;
    if (!scale(*graph, linear, *factor_of(node))) continue;
    node->output()->replaceAllUsesWith(node->input(0));
    node->destroy();
  }
}

}  // namespace nx
