// Observers at all inner values that static quantisation wants to know of.
#include <torch/csrc/jit/ir/alias_analysis.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>
#include <torch/csrc/jit/passes/remove_mutation.h>

#include <unordered_set>

#include "error.h"
#include "nodes.h"
#include "rewrite/frozen.h"
#include "rewrite/observer.h"
#include "rewrite/quantized_forms.h"
#include "rewrite/rewrite.h"
#include "rewrite/weighted.h"

namespace nx {
namespace {

using torch::jit::Graph;
using torch::jit::Module;
using torch::jit::Node;
using torch::jit::Value;

// What a relu that is computed along makes, where there is one.
Value* end_of(Value* value) {
  Node* relu = only_relu(value);
  return relu == nullptr ? value : relu->output();
}

std::vector<Value*> values_to_see(Graph& graph) {
  std::vector<Value*> values;
  std::unordered_set<Value*> known;
  const auto add = [&](Value* value) {
    // Sums and joined lists of numbers have operators of the same names.
    if (is_tensor(value) && known.insert(value).second) values.push_back(value);
  };
  size_t layers = 0;
  for (Node* node : graph.block()->nodes()) {
    if (const auto layer = weighted(node)) {
      ++layers;
      add(layer->input);
      add(end_of(node->output()));
    } else {
      if (needs_rank(node)) add(node->input(0));
      if (has_own_scale(node)) add(end_of(node->output()));
    }
  }
  if (layers == 0) {
    throw Failure(NX_ERROR_UNSUPPORTED,
                  "the model has no convolution or linear layer that can be quantised");
  }
  return values;
}

// Integers will lie in another layout than these values: no code may count on it.
void free_of_layout(Graph& graph, const torch::jit::AliasDb& aliases) {
  std::vector<Node*> views;
  for_each_node(graph.block(), [&](Node* node) {
    const bool is_view = node->kind() == c10::aten::view && node->schema().overload_name().empty();
    if (is_view && !aliases.hasWriters(node->output())) views.push_back(node);
  });
  for (Node* view : views) {
    const torch::jit::WithInsertPoint here(view);
    Value* shaped = graph.insert(c10::aten::reshape, {view->input(0), view->input(1)});
    shaped->setType(view->output()->type());
    view->output()->replaceAllUsesWith(shaped);
    view->destroy();
  }
}

Rewritten observe_values(const Module& module, const torch::jit::Stack& arguments) {
  const std::string kind = arguments.at(0).toStringRef();
  Rewritten result{frozen(module), {}};
  std::shared_ptr<Graph> graph = result.module.get_method("forward").graph();
  torch::jit::RemoveTensorMutation(graph);
  free_of_layout(*graph, torch::jit::AliasDb(graph));
  torch::jit::EliminateDeadCode(graph);
  size_t number = 0;
  for (Value* value : values_to_see(*graph)) {
    const std::string name = "observer_" + std::to_string(number++);
    result.module.register_attribute(name, c10::TensorType::get(), new_observer(kind));
    const torch::jit::WithInsertPoint here(value->node()->kind() == c10::prim::Param
                                               ? graph->block()->nodes().front()
                                               : value->node()->next());
    Value* state = graph->insertGetAttr(graph->inputs().at(0), name);
    graph->insertNode(graph->create(observe_kind(), {value, state}, 0));
  }
  graph->lint();
  return result;
}

}  // namespace

const Rewrite kObserveValues{"observe(str observer) -> ()", observe_values};

}  // namespace nx
