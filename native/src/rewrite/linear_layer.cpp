#include "rewrite/linear_layer.h"

#include <torch/csrc/jit/ir/constants.h>

#include "rewrite/frozen.h"

namespace nx {
namespace {

using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Value;

bool is_none(const Value* value) {
  const auto constant = torch::jit::toIValue(value);
  return constant && constant->isNone();
}

// Constant weights, transposed or not where they are used.
std::optional<at::Tensor> matrix(const Value* value) {
  auto tensor = constant_tensor(value);
  if (!tensor && value->node()->kind() == c10::aten::t) {
    tensor = constant_tensor(value->node()->input(0));
    if (tensor && tensor->dim() == 2) tensor = tensor->t();
  }
  if (!tensor || tensor->dim() != 2) return {};
  return tensor;
}

std::optional<at::Tensor> bias_of(const Value* value, const at::Tensor& weight) {
  if (is_none(value)) return at::Tensor();
  auto bias = constant_tensor(value);
  if (!bias || bias->dim() != 1 || bias->size(0) != weight.size(0)) return {};
  if (bias->scalar_type() != weight.scalar_type()) return {};
  return bias;
}

std::optional<LinearLayer> with_bias(LinearLayer layer, const Value* bias) {
  const auto found = bias_of(bias, layer.weight);
  if (!found) return {};
  layer.bias = *found;
  return layer;
}

// Takes in the bias that is added right after the product, if there is one.
LinearLayer with_addition(LinearLayer layer) {
  if (layer.output->uses().size() != 1) return layer;
  Node* user = layer.output->uses().front().user;
  if (user->kind() != c10::aten::add || user->inputs().size() != 3 || !is_one(user->input(2)) ||
      user->owningBlock() != layer.node->owningBlock())
    return layer;
  const Value* other = user->input(user->input(0) == layer.output ? 1 : 0);
  auto added = with_bias(layer, other);
  if (!added || !added->bias.defined()) return layer;
  added->output = user->output();
  return *added;
}

}  // namespace

std::optional<LinearLayer> linear_node(Node* node) {
  const bool adds = node->kind() == c10::aten::addmm;
  const bool is_linear = node->kind() == c10::aten::linear;
  const bool is_product = node->kind() == c10::aten::matmul || node->kind() == c10::aten::mm;
  if ((!adds && !is_linear && !is_product) || node->outputs().size() != 1) return {};
  const auto weight = matrix(node->input(adds ? 2 : 1));
  if (!weight) return {};
  LinearLayer layer{node, node->input(adds ? 1 : 0), node->output(),
                    is_linear ? *weight : weight->t(), at::Tensor()};
  if (is_linear) return with_bias(layer, node->input(2));
  if (is_product) return layer;
  if (!is_one(node->input(3)) || !is_one(node->input(4))) return {};
  return with_bias(layer, node->input(0));
}

std::optional<LinearLayer> linear_layer(Node* node) {
  const auto layer = linear_node(node);
  const bool is_product = node->kind() == c10::aten::matmul || node->kind() == c10::aten::mm;
  return layer && is_product ? with_addition(*layer) : layer;
}

Value* relu_after(const Value* value) {
  if (value->uses().size() != 1) return nullptr;
  Node* user = value->uses().front().user;
  const bool is_relu =
      user->kind() == c10::aten::relu && user->owningBlock() == value->node()->owningBlock();
  return is_relu ? user->output() : nullptr;
}

Value* as_matrix(Graph& graph, Value* value, int64_t in) {
  return graph.insert(c10::aten::reshape, {value, c10::IValue(std::vector<int64_t>{-1, in})});
}

Value* as_shape_of(Graph& graph, Value* result, Value* value, int64_t out) {
  Value* sizes = graph.insert(c10::aten::size, {value});
  Value* rows = graph.insert(c10::aten::slice, {sizes, 0, -1, 1});
  Value* shape = graph.insert(c10::aten::add, {rows, c10::IValue(std::vector<int64_t>{out})});
  return graph.insert(c10::aten::reshape, {result, shape});
}

}  // namespace nx
