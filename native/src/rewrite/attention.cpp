#include "rewrite/attention.h"

#include "nodes.h"
#include "rewrite/frozen.h"

namespace nx {
namespace {

using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Value;

constexpr const char* kAttention = "aten::_native_multi_head_attention";

// (query, key, value, embed_dim, num_head, qkv_weight, qkv_bias, proj_weight, proj_bias, mask,
// need_weights, average_attn_weights, mask_type) -> (output, weights)
bool is_plain(const Node* node) {
  if (node->kind().toQualString() != std::string(kAttention)) return false;
  if (node->inputs().size() != 13 || node->output(1)->hasUses()) return false;
  if (node->input(0) != node->input(1) || node->input(0) != node->input(2)) return false;
  const auto width = constant_value(node->input(3));
  const auto heads = constant_value(node->input(4));
  const auto mask = constant_value(node->input(9));
  for (const size_t weights : {5, 6, 7, 8}) {
    if (!constant_tensor(node->input(weights))) return false;
  }
  return width && width->isInt() && heads && heads->isInt() && mask && mask->isNone();
}

void expand(Graph& graph, Node* node) {
  const int64_t width = constant_value(node->input(3))->toInt();
  const int64_t heads = constant_value(node->input(4))->toInt();
  const auto call = [&](const char* name, const std::vector<torch::jit::NamedValue>& inputs) {
    return graph.insert(c10::Symbol::fromQualString(name), inputs);
  };
  const auto reshape = [&](Value* value, Value* rows, const std::vector<int64_t>& rest) {
    return call("aten::reshape", {value, call("aten::add", {rows, c10::IValue(rest)})});
  };
  const torch::jit::WithInsertPoint here(node);
  Value* query = node->input(0);  // (batch, length, width)
  Value* rows = call("aten::slice", {call("aten::size", {query}), 0, -1, 1});
  Value* all = call("aten::linear", {query, node->input(5), node->input(6)});
  Value* split = reshape(all, rows, {3, heads, width / heads});
  Value* ordered = call("aten::permute", {split, c10::IValue(std::vector<int64_t>{2, 0, 3, 1, 4})});
  const auto part = [&](int64_t index) { return call("aten::select", {ordered, 0, index}); };
  Value* attended = call("aten::scaled_dot_product_attention",
                         {part(0), part(1), part(2), c10::IValue(), 0.0, false});
  Value* joined = reshape(call("aten::transpose", {attended, 1, 2}), rows, {width});
  Value* output = call("aten::linear", {joined, node->input(7), node->input(8)});
  node->output(0)->replaceAllUsesWith(output);
  node->destroy();
}

}  // namespace

void expand_attention(Graph& graph) {
  std::vector<Node*> found;
  for_each_node(graph.block(), [&](Node* node) {
    if (is_plain(node)) found.push_back(node);
  });
  for (Node* node : found) expand(graph, node);
}

}  // namespace nx
