// Modules whose weights come with each call, so that they need not be where the module is.
#include <torch/csrc/jit/passes/dead_code_elimination.h>

#include "error.h"
#include "handles.h"
#include "module.h"
#include "module_copy.h"
#include "nodes.h"
#include "rewrite/frozen.h"
#include "split/graph_module.h"
#include "value.h"

namespace nx {
namespace {

using torch::jit::Graph;
using torch::jit::Module;
using torch::jit::Node;
using torch::jit::Value;

// What is smaller stays in the code: to bring it would cost more than to keep it.
constexpr size_t kLeastBytes = 1024;

// Makes the weights of a graph its last inputs.
std::vector<c10::IValue> lift_weights(Graph& graph) {
  std::vector<c10::IValue> weights;
  std::unordered_map<const c10::TensorImpl*, Value*> inputs;
  for_each_node(graph.block(), [&](Node* node) {
    if (node->kind() != c10::prim::Constant) return;
    const std::optional<at::Tensor> weight = constant_tensor(node->output());
    if (!weight || weight->is_quantized() || weight->nbytes() < kLeastBytes) return;
    Value*& input = inputs[weight->unsafeGetTensorImpl()];
    if (input == nullptr) {
      input = graph.addInput("weight_" + std::to_string(weights.size()))
                  ->setType(c10::TensorType::get());
      weights.emplace_back(*weight);
    }
    node->output()->replaceAllUsesWith(input);
  });
  torch::jit::EliminateDeadCode(graph.block());
  return weights;
}

Module with_weight_inputs(const Module& given, std::vector<c10::IValue>& weights) {
  if (!is_frozen(given))
    throw Failure(NX_ERROR_UNSUPPORTED, "only the weights of a frozen model can be given to calls");
  const torch::jit::Function& forward = given.get_method("forward").function();
  const std::shared_ptr<Graph> graph = torch::jit::toGraphFunction(forward).graph()->copy();
  for (const torch::jit::Use& use : graph->inputs()[0]->uses()) {
    if (use.user->kind() == c10::prim::GetAttr) {
      throw Failure(NX_ERROR_UNSUPPORTED,
                    "quantised layers hold their weights in a form that can't be given to calls");
    }
  }
  weights = lift_weights(*graph);
  const Module made = empty_module("WeightInputs");
  graph->inputs()[0]->setType(made.type());
  const c10::FunctionSchema& whole = forward.getSchema();
  define_forward(made, graph, [&](auto& arguments, auto& returns) {
    std::copy(whole.arguments().begin(), whole.arguments().end(), arguments.begin());
    returns = whole.returns();
  });
  return made;
}

}  // namespace
}  // namespace nx

nx_error* nx_module_with_weight_inputs(const nx_module* module, nx_module** out,
                                       nx_value* weights) noexcept {
  *weights = {};
  return nx::copy(out, [&] {
    std::vector<c10::IValue> lifted;
    torch::jit::Module made = nx::with_weight_inputs(nx::require(module, "module").module, lifted);
    nx::write_value(c10::ivalue::Tuple::create(std::move(lifted)), weights);
    return made;
  });
}
