#include "rewrite/frozen.h"

#include <c10/core/DeviceGuard.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/passes/freeze_module.h>
#include <torch/csrc/jit/passes/frozen_graph_optimizations.h>

#include <map>

#include "module.h"
#include "module_tensors.h"
#include "nodes.h"
#include "rewrite/attention.h"
#include "rewrite/int4_layout.h"
#include "rewrite/masks.h"
#include "rewrite/quantized.h"

namespace nx {
namespace {

using torch::jit::Module;
using torch::jit::Node;
using torch::jit::Value;

// What tells our names from the scopes that tracing leaves on nodes.
constexpr const char* kMark = "layer:";

void set_name(Node* node, const std::string& name) {
  const auto root = c10::make_intrusive<torch::jit::Scope>();
  node->setScope(root->push(c10::Symbol::scope(kMark + name)));
}

// The layers by the address of their weights, which freezing keeps.
std::map<const void*, std::string> layers_by_weight(const Module& module) {
  std::map<const void*, std::string> layers;
  const auto add = [&](const std::string& name, const at::Tensor& tensor) {
    if (!tensor.defined() || !tensor.has_storage() || tensor.numel() == 0) return;
    const auto dot = name.rfind('.');
    layers.emplace(tensor.const_data_ptr(), dot == std::string::npos ? name : name.substr(0, dot));
  };
  for (const auto& entry : module.named_parameters()) add(entry.name, entry.value);
  return layers;
}

bool takes_weights(const Node* node) {
  if (node->kind() == c10::prim::Constant || node->kind() == c10::prim::ListConstruct) return false;
  for (const Value* input : node->inputs()) {
    for (const at::Tensor& weight : constant_tensors(input)) {
      if (weight.dim() > 1) return true;
    }
  }
  return false;
}

void name_layers(Module& module, const std::map<const void*, std::string>& layers) {
  for_each_node(module.get_method("forward").graph()->block(), [&](Node* node) {
    if (node->kind() == c10::prim::Constant) return;
    for (const Value* input : node->inputs()) {
      const std::vector<at::Tensor> weights = constant_tensors(input);
      if (weights.empty() || !weights.front().has_storage()) continue;
      const auto found = layers.find(weights.front().const_data_ptr());
      if (found == layers.end()) continue;
      set_name(node, found->second);
      return;
    }
  });
}

// "conv2d_0" and so on, for those that have no name.
void number_layers(Module& module) {
  std::map<std::string, int> counts;
  for_each_node(module.get_method("forward").graph()->block(), [&](Node* node) {
    if (!takes_weights(node)) return;
    const std::string kind = node->kind().toUnqualString();
    const int number = counts[kind]++;
    if (layer_of(node).empty()) set_name(node, kind + "_" + std::to_string(number));
  });
}

}  // namespace

bool is_frozen(const Module& module) {
  return module.parameters().size() == 0 && module.buffers().size() == 0 &&
         module.children().size() == 0;
}

Module freeze_named(const Module& module) {
  if (training_count(module) > 0)
    throw Failure(NX_ERROR_UNSUPPORTED,
                  "a module in training mode can't be frozen: take its copy in eval mode first");
  remove_masks(module);
  // Freezing runs what depends on constants alone.
  const c10::OptionalDeviceGuard current(device_of(module));
  Module result = torch::jit::freeze_module(module);
  std::shared_ptr<torch::jit::Graph> graph = result.get_method("forward").graph();
  expand_attention(*graph);
  name_layers(result, layers_by_weight(module));
  torch::jit::OptimizeFrozenGraph(graph);
  keep_engine(module, result);
  keep_int4_layout(module, result);
  return result;
}

Module frozen(const Module& module) {
  Module result = is_frozen(module) ? module : freeze_named(module);
  number_layers(result);
  return result;
}

std::string layer_of(Node* node) {
  const torch::jit::ScopePtr scope = node->scope();
  if (!scope || scope->isRoot() || scope->isBlank()) return "";
  const std::string text = scope->name().toUnqualString();
  const std::string mark = kMark;
  return text.compare(0, mark.size(), mark) == 0 ? text.substr(mark.size()) : "";
}

void name_like(Node* node, Node* replaced) { node->setScope(replaced->scope()); }

std::optional<at::Tensor> constant_tensor(const Value* value) {
  if (value->node()->kind() != c10::prim::Constant) return {};
  const auto constant = torch::jit::toIValue(value);
  if (!constant || !constant->isTensor() || !constant->toTensor().defined()) return {};
  return constant->toTensor();
}

std::vector<at::Tensor> constant_tensors(const Value* value) {
  if (const auto tensor = constant_tensor(value)) return {*tensor};
  const Node* node = value->node();
  std::vector<at::Tensor> tensors;
  if (node->kind() == c10::prim::ListConstruct) {
    for (const Value* input : node->inputs()) {
      const auto tensor = constant_tensor(input);
      if (!tensor) return {};
      tensors.push_back(*tensor);
    }
    return tensors;
  }
  if (node->kind() != c10::prim::Constant) return {};
  const auto constant = torch::jit::toIValue(value);
  return constant && constant->isTensorList() ? constant->toTensorVector() : tensors;
}

std::optional<c10::IValue> constant_value(const Value* value) {
  const Node* node = value->node();
  if (node->kind() == c10::prim::Constant) {
    auto constant = torch::jit::toIValue(value);
    if (constant && constant->isTensor()) return {};
    return constant;
  }
  if (node->kind() != c10::prim::ListConstruct) return {};
  std::vector<int64_t> items;
  for (const Value* input : node->inputs()) {
    const auto item = torch::jit::toIValue(input);
    if (!item || !item->isInt()) return {};
    items.push_back(item->toInt());
  }
  return c10::IValue(items);
}

bool is_one(const Value* value) {
  const auto constant = constant_value(value);
  return constant && constant->isScalar() && constant->toScalar().toDouble() == 1;
}

bool is_tensor(const Value* value) { return value->type()->kind() == c10::TypeKind::TensorType; }

}  // namespace nx
