#include "rewrite/layer_weights.h"

#include <torch/csrc/jit/passes/inliner.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>

#include "nodes.h"
#include "rewrite/frozen.h"

namespace nx {

const char* const kOriginal = "_orig";
const char* const kMask = "_mask";

namespace {

using torch::jit::Module;
using torch::jit::Node;
using torch::jit::Value;

constexpr std::array<std::string_view, 15> kMultiply{"linear",
                                                     "matmul",
                                                     "mm",
                                                     "bmm",
                                                     "addmm",
                                                     "conv1d",
                                                     "conv2d",
                                                     "conv3d",
                                                     "_convolution",
                                                     "convolution",
                                                     "conv_transpose1d",
                                                     "conv_transpose2d",
                                                     "conv_transpose3d",
                                                     "_native_multi_head_attention",
                                                     "_transformer_encoder_layer_fwd"};

// What only shows the same numbers in another way.
constexpr std::array<std::string_view, 8> kViews{"t",  "transpose", "permute",    "numpy_T",
                                                 "to", "detach",    "contiguous", "clone"};

template <size_t N>
bool is_one_of(const std::array<std::string_view, N>& names, const Node* node) {
  if (!node->kind().is_aten()) return false;
  const std::string_view kind = node->kind().toUnqualString();
  return std::find(names.begin(), names.end(), kind) != names.end();
}

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() > end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

std::string without(const std::string& text, const std::string& end) {
  return text.substr(0, text.size() - end.size());
}

// The same attribute of the same object, however often the code gets it.
bool is_same_object(const Value* a, const Value* b) {
  if (a == b) return true;
  const Node* first = a->node();
  const Node* second = b->node();
  return first->kind() == c10::prim::GetAttr && second->kind() == c10::prim::GetAttr &&
         first->s(c10::attr::name) == second->s(c10::attr::name) &&
         is_same_object(first->input(), second->input());
}

// The module that a value is, and its dotted name.
struct Place {
  Module module;
  std::string path;
};

std::optional<Place> place(const Value* value, const Value* self, const Module& root) {
  if (value == self) return Place{root, ""};
  const Node* node = value->node();
  if (node->kind() != c10::prim::GetAttr) return {};
  const auto parent = place(node->input(), self, root);
  const std::string& name = node->s(c10::attr::name);
  if (!parent || !parent->module.hasattr(name) || !parent->module.attr(name).isModule()) return {};
  return Place{parent->module.attr(name).toModule(),
               parent->path.empty() ? name : parent->path + "." + name};
}

class Collector {
 public:
  explicit Collector(const Module& root) : root_(root) {}

  void collect() {
    for (const torch::jit::Method& method : root_.get_methods()) {
      const auto graph = method.graph()->copy();
      torch::jit::Inline(*graph);
      if (graph->inputs().empty()) continue;
      self_ = graph->inputs().front();
      for_each_node(graph->block(), [&](Node* node) { visit(node); });
    }
  }

  LayerWeights found;

 private:
  void visit(Node* node) {
    if (node->kind() == c10::prim::Constant || node->kind() == c10::prim::GetAttr ||
        is_one_of(kViews, node) || masked_weight(node))
      return;
    const bool multiplies = is_one_of(kMultiply, node);
    std::string number;
    for (Value* input : node->inputs()) {
      auto weight = resolve(input);
      if (!weight || weight->tensor.dim() < 2 || !weight->tensor.is_floating_point() ||
          weight->tensor.layout() != at::kStrided)
        continue;
      if (!multiplies) {
        found.read_by_others.push_back(weight->tensor);
        continue;
      }
      if (!weight->owner) weight->layer = name_of(node, number);
      add(*weight);
    }
  }

  // As frozen.h numbers them.
  std::string name_of(Node* node, std::string& number) {
    const std::string kind = node->kind().toUnqualString();
    if (number.empty()) number = kind + "_" + std::to_string(counts_[kind]++);
    const std::string name = layer_of(node);
    return name.empty() ? number : name;
  }

  std::optional<LayerWeight> resolve(const Value* value) const {
    Node* node = const_cast<Value*>(value)->node();
    if (is_one_of(kViews, node)) return resolve(node->input(0));
    if (const auto masked = masked_weight(node))
      return attribute(masked->object, masked->attribute, true);
    if (node->kind() == c10::prim::GetAttr)
      return attribute(node->input(), node->s(c10::attr::name), false);
    const auto tensor = constant_tensor(value);
    if (!tensor) return {};
    return LayerWeight{"", *tensor, {}, {}, ""};
  }

  std::optional<LayerWeight> attribute(const Value* object, const std::string& name,
                                       bool is_masked) const {
    const auto where = place(object, self_, root_);
    const std::string kept = is_masked ? name + kOriginal : name;
    if (!where || !where->module.hasattr(kept) || !where->module.attr(kept).isTensor()) return {};
    const at::Tensor tensor = where->module.attr(kept).toTensor();
    if (!tensor.defined()) return {};
    return LayerWeight{where->path.empty() ? name : where->path, tensor,
                       is_masked ? where->module.attr(name + kMask).toTensor() : at::Tensor(),
                       where->module, name};
  }

  void add(const LayerWeight& weight) {
    const void* where = weight.owner ? static_cast<const void*>(weight.owner->_ivalue().get())
                                     : weight.tensor.unsafeGetTensorImpl();
    if (seen_.emplace(where, weight.attribute).second) found.all.push_back(weight);
  }

  const Module& root_;
  const Value* self_ = nullptr;
  std::map<std::string, int> counts_;
  std::set<std::pair<const void*, std::string>> seen_;
};

}  // namespace

LayerWeights layer_weights(const Module& module) {
  Collector collector(module);
  collector.collect();
  return std::move(collector.found);
}

std::optional<MaskedWeight> masked_weight(Node* node) {
  if (node->kind() != c10::aten::mul || node->inputs().size() != 2) return {};
  for (const size_t i : {0, 1}) {
    Node* original = node->input(i)->node();
    Node* mask = node->input(1 - i)->node();
    if (mask->kind() == c10::aten::to) mask = mask->input(0)->node();
    if (original->kind() != c10::prim::GetAttr || mask->kind() != c10::prim::GetAttr) continue;
    const std::string& name = original->s(c10::attr::name);
    if (!ends_with(name, kOriginal) || !ends_with(mask->s(c10::attr::name), kMask)) continue;
    const std::string attribute = without(name, kOriginal);
    if (without(mask->s(c10::attr::name), kMask) != attribute ||
        !is_same_object(original->input(), mask->input()))
      continue;
    return MaskedWeight{node, original->input(), attribute};
  }
  return {};
}

}  // namespace nx
