#include "rewrite/weighted.h"

#include <unordered_map>

#include "rewrite/frozen.h"
#include "rewrite/linear_layer.h"
#include "rewrite/quantized.h"

namespace nx {
namespace {

using torch::jit::Node;
using torch::jit::Value;

std::optional<std::vector<int64_t>> numbers(Node* node, const char* name, size_t count) {
  const auto value = constant_value(node->namedInput(name));
  if (!value) return {};
  if (value->isInt()) return std::vector<int64_t>(count, value->toInt());
  if (!value->isIntList()) return {};
  std::vector<int64_t> list = value->toIntVector();
  if (list.size() == 1) list.resize(count, list.front());
  if (list.size() != count) return {};
  return list;
}

// "same" and "valid" as numbers; none if "same" needs more on one side.
std::optional<std::vector<int64_t>> padding(Node* node, const Weighted& layer) {
  const auto value = constant_value(node->namedInput("padding"));
  if (!value || !value->isString()) return numbers(node, "padding", layer.dims);
  std::vector<int64_t> list(layer.dims, 0);
  if (value->toStringRef() == "valid") return list;
  for (size_t i = 0; i < layer.dims; ++i) {
    const int64_t total = layer.dilation[i] * (layer.weight.size(static_cast<int64_t>(i) + 2) - 1);
    if (total % 2 != 0) return {};
    list[i] = total / 2;
  }
  return list;
}

// A bias that is not given is fine, one that is computed is not.
bool read_bias(const Value* value, Weighted& layer) {
  if (value->mustBeNone()) return true;
  layer.bias = constant_tensor(value);
  return layer.bias && layer.bias->dim() == 1;
}

std::optional<Weighted> convolution(Node* node) {
  static const std::unordered_map<std::string, size_t> kDims{{"aten::conv1d", 1},
                                                             {"aten::conv2d", 2},
                                                             {"aten::conv3d", 3},
                                                             {"aten::_convolution", 0},
                                                             {"aten::convolution", 0}};
  if (kDims.count(node->kind().toQualString()) == 0) return {};
  const auto weight = constant_tensor(node->namedInput("weight"));
  if (!weight || weight->dim() < 3 || weight->dim() > 5) return {};
  Weighted layer{
      node, node->namedInput("input"), *weight, {}, static_cast<size_t>(weight->dim() - 2), {}, {},
      {}};
  if (node->hasNamedInput("transposed")) {
    const auto transposed = constant_value(node->namedInput("transposed"));
    if (!transposed || transposed->toBool()) return {};
  }
  const auto stride = numbers(node, "stride", layer.dims);
  const auto dilation = numbers(node, "dilation", layer.dims);
  const auto groups = constant_value(node->namedInput("groups"));
  if (!stride || !dilation || !groups || !read_bias(node->namedInput("bias"), layer)) return {};
  layer.stride = *stride;
  layer.dilation = *dilation;
  layer.groups = groups->toInt();
  const auto border = padding(node, layer);
  if (!border) return {};
  layer.padding = *border;
  return layer;
}

std::optional<Weighted> linear(Node* node) {
  const auto found = linear_node(node);
  if (!found) return {};
  Weighted layer{node, found->input, found->weight, {}, 0, {}, {}, {}};
  if (found->bias.defined()) layer.bias = found->bias;
  return layer;
}

}  // namespace

std::optional<Weighted> weighted_of_any_dtype(Node* node) {
  auto layer = convolution(node);
  if (!layer) layer = linear(node);
  if (!layer || constant_tensor(layer->input)) return {};
  if (layer->bias && layer->bias->scalar_type() != layer->weight.scalar_type()) return {};
  return layer;
}

std::optional<Weighted> weighted(Node* node) {
  auto layer = weighted_of_any_dtype(node);
  if (layer && !is_quantizable(layer->weight)) return {};
  return layer;
}

c10::Symbol observe_kind() {
  static const c10::Symbol kKind = c10::Symbol::fromQualString("narthex::observe");
  return kKind;
}

Node* only_relu(Value* value) {
  Node* only = nullptr;
  for (const torch::jit::Use& use : value->uses()) {
    if (use.user->kind() == observe_kind()) continue;
    if (only != nullptr) return nullptr;
    only = use.user;
  }
  if (only == nullptr || only->owningBlock() != value->node()->owningBlock()) return nullptr;
  const std::string kind = only->kind().toQualString();
  if (kind == "aten::relu" || kind == "aten::relu6") return only;
  if (kind != "aten::hardtanh" && kind != "aten::clamp") return nullptr;
  // From zero up to a number: the range that was observed ends there at most.
  const auto low = constant_value(only->input(1));
  const auto high = constant_value(only->input(2));
  const bool from_zero = low && low->isScalar() && low->toScalar().toDouble() == 0;
  return from_zero && high && (high->isScalar() || high->isNone()) ? only : nullptr;
}

}  // namespace nx
