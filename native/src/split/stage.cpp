#include "split/stage.h"

#include "module_tensors.h"
#include "rewrite/int4_layout.h"
#include "rewrite/quantized.h"
#include "split/graph_module.h"
#include "value.h"

namespace nx {
namespace {

using torch::jit::Graph;
using torch::jit::Module;
using torch::jit::Node;
using torch::jit::Value;

// Copies nodes into the graph of a new module.
class StageMaker {
 public:
  StageMaker(const Cuts& cuts, size_t begin, size_t end)
      : cuts_(cuts), stage_(empty_module("Stage")), graph_(std::make_shared<Graph>()) {
    self_ = graph_->addInput("self")->setType(stage_.type());
    take(cuts.alive(begin));
    for (size_t i = begin; i < end; ++i) graph_->block()->appendNode(copy(cuts.node(i)));
    give(cuts.alive(end), end == cuts.size());
    keep_engine(cuts.module(), stage_);
    keep_int4_layout(cuts.module(), stage_);
  }

  Module make(bool is_first, bool is_last) const {
    const c10::FunctionSchema& whole = cuts_.module().get_method("forward").function().getSchema();
    define_forward(stage_, graph_, [&](auto& arguments, auto& returns) {
      if (is_first) arguments = whole.arguments();
      if (is_last) returns = whole.returns();
    });
    return stage_;
  }

 private:
  void take(const std::vector<Value*>& values) {
    for (size_t i = 0; i < values.size(); ++i) {
      const Value* value = values[i];
      const bool is_input = value->node()->kind() == c10::prim::Param;
      const std::string name = is_input ? value->debugName() : "part_" + std::to_string(i);
      copies_[value] = graph_->addInput(name)->setType(c10::unshapedType(value->type()));
    }
  }

  void give(const std::vector<Value*>& values, bool is_last) {
    std::vector<Value*> outputs;
    outputs.reserve(values.size());
    for (Value* value : values) outputs.push_back(copy_of_value(value));
    if (is_last ||
        (outputs.size() == 1 && outputs[0]->type()->kind() != c10::TypeKind::TupleType)) {
      for (Value* output : outputs) graph_->registerOutput(output);
    } else {
      graph_->registerOutput(graph_->insertNode(graph_->createTuple(outputs))->output());
    }
  }

  Node* copy(Node* node) {
    Node* made = graph_->createClone(node, [&](Value* value) { return copy_of_value(value); });
    for (size_t i = 0; i < node->outputs().size(); ++i) copies_[node->output(i)] = made->output(i);
    return made;
  }

  // What is given is copied when it is first needed, before the node that needs it.
  Value* copy_of_value(Value* value) {
    const auto found = copies_.find(value);
    if (found != copies_.end()) return found->second;
    if (const auto attribute = cuts_.attribute(value)) {
      const std::string name = "part_" + std::to_string(stage_._ivalue()->slots().size());
      stage_.register_attribute(name, value->type(), *attribute);
      Node* read = graph_->createGetAttr(self_, name);
      return copies_[value] = graph_->block()->appendNode(read)->output();
    }
    graph_->block()->appendNode(copy(value->node()));
    return copies_.at(value);
  }

  const Cuts& cuts_;
  Module stage_;
  std::shared_ptr<Graph> graph_;
  Value* self_;
  std::unordered_map<const Value*, Value*> copies_;
};

}  // namespace

Module make_stage(const Cuts& cuts, size_t begin, size_t end) {
  return StageMaker(cuts, begin, end).make(begin == 0, end == cuts.size());
}

int64_t stage_bytes(const Module& stage) {
  std::vector<at::Tensor> tensors = constants_of(stage);
  for (const c10::IValue& slot : stage._ivalue()->slots()) {
    const auto held = is_packed(slot) ? packed_tensors(slot) : tensors_of(slot);
    tensors.insert(tensors.end(), held.begin(), held.end());
  }
  int64_t bytes = 0;
  for (const at::Tensor& tensor : tensors) {
    if (tensor.defined()) bytes += tensor.numel() * tensor.element_size();
  }
  return bytes;
}

}  // namespace nx
