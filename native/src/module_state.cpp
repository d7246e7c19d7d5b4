#include "module_state.h"

#include <torch/csrc/jit/ir/alias_analysis.h>
#include <torch/csrc/jit/passes/constant_propagation.h>
#include <torch/csrc/jit/passes/inliner.h>

#include <algorithm>

#include "module.h"
#include "module_tensors.h"
#include "nodes.h"

namespace nx {
namespace {

using torch::jit::Node;

// Takes out what layers such as batch normalisation do in training only.
void assume_evaluation(std::shared_ptr<torch::jit::Graph>& graph) {
  std::vector<Node*> asked;
  for_each_node(graph->block(), [&](Node* node) {
    if (node->kind() == c10::prim::GetAttr && node->s(c10::attr::name) == "training")
      asked.push_back(node);
  });
  for (Node* node : asked) {
    const torch::jit::WithInsertPoint here(node);
    node->output()->replaceAllUsesWith(graph->insertConstant(false));
  }
  torch::jit::ConstantPropagation(graph);
}

bool changes_attributes(torch::jit::Graph& method, bool is_training) {
  std::shared_ptr<torch::jit::Graph> graph = method.copy();
  torch::jit::Inline(*graph);
  if (!is_training) assume_evaluation(graph);
  bool sets = false;
  torch::jit::ValueSet attributes;
  for_each_node(graph->block(), [&](Node* node) {
    sets = sets || node->kind() == c10::prim::SetAttr;
    if (node->kind() == c10::prim::GetAttr) attributes.insert(node->output());
  });
  if (sets) return true;
  const torch::jit::AliasDb aliases(graph);
  bool writes = false;
  for_each_node(graph->block(),
                [&](Node* node) { writes = writes || aliases.writesToAlias(node, attributes); });
  return writes;
}

}  // namespace

bool ModuleState::is_stateful(const torch::jit::Module& module) {
  std::call_once(asked_, [&] {
    const auto methods = module.get_methods();
    const bool is_training = training_count(module) > 0;
    is_stateful_ = std::any_of(methods.begin(), methods.end(), [&](const auto& method) {
      return method.function().isGraphFunction() &&
             changes_attributes(*method.graph(), is_training);
    });
  });
  return is_stateful_;
}

std::optional<c10::Device> ModuleState::device(const torch::jit::Module& module) {
  std::call_once(asked_for_device_, [&] { device_ = device_of(module); });
  return device_;
}

std::unique_lock<std::mutex> ModuleState::turn(const torch::jit::Module& module) {
  return is_stateful(module) ? std::unique_lock(mutex_) : std::unique_lock<std::mutex>();
}

void ModuleState::use(const std::optional<c10::Stream>& stream, const torch::jit::Module& module) {
  if (!stream) return;
  std::call_once(asked_for_forks_, [&] {
    for (const torch::jit::Method& method : module.get_methods()) {
      if (!method.function().isGraphFunction()) continue;
      const std::shared_ptr<torch::jit::Graph> graph = method.graph()->copy();
      torch::jit::Inline(*graph);
      for_each_node(graph->block(),
                    [&](Node* node) { forks_ = forks_ || node->kind() == c10::prim::fork; });
    }
  });
  if (forks_) {
    throw Failure(NX_ERROR_UNSUPPORTED,
                  "the model forks (torch.jit.fork), and libtorch runs forks on the default stream "
                  "only: call it without a stream");
  }
  const std::lock_guard<std::mutex> lock(streams_mutex_);
  streams_.insert(*stream);
}

ModuleState::~ModuleState() {
  // Where the device has failed, it reads nothing any more.
  attempt([&] {
    for (const c10::Stream& stream : streams_) wait_for(default_stream(stream.device()), stream);
  });
}

}  // namespace nx
