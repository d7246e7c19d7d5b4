#include "prepack/prepack.h"

#include <ATen/record_function.h>
#include <torch/csrc/jit/ir/alias_analysis.h>
#include <torch/csrc/jit/passes/common_subexpression_elimination.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>
#include <torch/csrc/jit/passes/lower_tuples.h>
#include <torch/csrc/jit/passes/remove_mutation.h>
#include <torch/csrc/jit/runtime/operator.h>

#include <algorithm>
#include <mutex>
#include <unordered_map>
#include <unordered_set>

#include "error.h"
#include "nodes.h"
#include "prepack/packed_layer.h"
#include "rewrite/frozen.h"
#include "rewrite/weighted.h"

namespace nx {
namespace {

using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Value;

c10::Symbol packed_layer_kind() {
  static const c10::Symbol kKind = c10::Symbol::fromQualString("narthex::packed_layer");
  return kKind;
}

// The node keeps its layer itself, as an attribute, so that it lives as long as the graph does.
torch::jit::Operation run_layer(const Node* node) {
  const auto layer =
      c10::static_intrusive_pointer_cast<PackedLayer>(node->ival(c10::attr::value).toCapsule());
  const bool adds = node->inputs().size() == 2;
  return [layer, adds](torch::jit::Stack& stack) {
    RECORD_FUNCTION("narthex::packed_layer", c10::ArrayRef<const c10::IValue>());
    const at::Tensor other = adds ? torch::jit::pop(stack).toTensor() : at::Tensor();
    const at::Tensor input = torch::jit::pop(stack).toTensor();
    stack.emplace_back(layer->run(input, other));
  };
}

// Without a schema: of those that have one, the interpreter takes all nodes for the same operation.
void register_packed_layer() {
  static std::once_flag once;
  std::call_once(once, [] {
    torch::jit::registerOperator(
        torch::jit::Operator(packed_layer_kind(), run_layer, c10::AliasAnalysisKind::CONSERVATIVE));
  });
}

class Prepack {
 public:
  explicit Prepack(std::shared_ptr<Graph> graph) : graph_(std::move(graph)), aliases_(graph_) {}

  void run() {
    const bool keep_rows = !free_strides();
    std::vector<Node*> nodes;
    for_each_node(graph_->block(), [&](Node* node) { nodes.push_back(node); });
    for (Node* node : nodes) {
      if (gone_.count(node) == 0) replace(node, keep_rows);
    }
  }

 private:
  // What a packed convolution makes lies channels last, which a view can't always be made of.
  // Whether all code is made to do with any strides.
  bool free_strides() {
    static const std::unordered_set<std::string> kStrict{
        "aten::view_as",      "aten::unflatten",       "aten::_unsafe_view",  "aten::as_strided",
        "aten::as_strided_",  "aten::stride",          "aten::is_contiguous", "aten::resize_",
        "aten::view_as_real", "aten::view_as_complex", "aten::_reshape_alias"};
    bool is_free = true;
    for_each_node(graph_->block(), [&](Node* node) {
      const std::string kind = node->kind().toQualString();
      if (kStrict.count(kind) > 0) is_free = false;
      if (node->kind() != c10::aten::view) return;
      const bool is_shape =
          node->inputs().size() == 2 && node->input(1)->type()->kind() == c10::TypeKind::ListType;
      if (!is_shape || is_written(node->input(0)) || is_written(node->output())) {
        is_free = false;
        return;
      }
      views_.push_back(node);
    });
    if (!is_free) return false;
    for (Node* view : views_) {
      const torch::jit::WithInsertPoint here(view);
      view->output()->replaceAllUsesWith(
          graph_->insert(c10::aten::reshape, {view->input(0), view->input(1)}));
    }
    return true;
  }

  // The aliases know nothing of what replaces a value.
  bool is_written(const Value* value) const {
    const auto found = replaced_.find(value);
    return aliases_.hasWriters(found == replaced_.end() ? value : found->second);
  }

  bool are_weights_written(const Weighted& layer) const {
    const auto inputs = layer.node->inputs();
    return std::any_of(inputs.begin(), inputs.end(), [&](const Value* input) {
      return input != layer.input && is_written(input);
    });
  }

  // What alone uses a value, right in the same block; nullptr if there is more, or something writes
  // to it.
  Node* only_user(const Value* value) const {
    if (value->uses().size() != 1 || is_written(value)) return nullptr;
    Node* user = value->uses().front().user;
    return user->owningBlock() == value->node()->owningBlock() && user->outputs().size() == 1
               ? user
               : nullptr;
  }

  // The other tensor that a node adds to a value; nullptr if it does something else.
  Value* added(Node* node, const Value* value) const {
    if (node->kind() != c10::aten::add || node->inputs().size() != 3 || !is_one(node->input(2)))
      return nullptr;
    Value* other = node->input(node->input(0) == value ? 1 : 0);
    return other != value && is_tensor(other) && !is_written(other) ? other : nullptr;
  }

  void replace(Node* node, bool keep_rows) {
    const auto layer = weighted_of_any_dtype(node);
    if (!layer || !layer->weight.device().is_cpu() || layer->weight.layout() != c10::kStrided ||
        !is_packable(layer->weight.scalar_type()) || are_weights_written(*layer))
      return;
    std::unique_ptr<PackedWeight> weight =
        layer->dims == 0 ? packed_linear(*layer) : packed_convolution(*layer, keep_rows);
    auto own = BoundOperator::of(node, {layer->input});
    if (!weight || !own) return;
    PackedLayer::Unpacked unpacked;
    unpacked.operators.push_back(std::move(*own));
    Value* other = nullptr;
    Node* last = is_written(layer->input) ? node : take_in(*layer, unpacked, other);

    const torch::jit::WithInsertPoint here(last);
    Node* packed = graph_->insertNode(graph_->create(packed_layer_kind(), {layer->input}));
    if (other != nullptr) packed->addInput(other);
    packed->ival_(c10::attr::value, c10::IValue::make_capsule(c10::make_intrusive<PackedLayer>(
                                        std::move(weight), std::move(unpacked))));
    name_like(packed, node);
    replaced_.emplace(packed->output(), last->output());
    last->output()->replaceAllUsesWith(packed->output());
  }

  // The last node whose work is done along with the layer: the addition or activation that follows.
  Node* take_in(const Weighted& layer, PackedLayer::Unpacked& unpacked, Value*& other) {
    Node* last = layer.node;
    Node* next = only_user(last->output());
    if (next != nullptr) {
      if (Value* with = added(next, last->output())) {
        const bool made = take(next, {layer.input, with, last->output()}, unpacked);
        if (!made) return last;
        unpacked.adds = true;
        other = with;
        last = next;
        next = only_user(last->output());
      }
    }
    if (next == nullptr) return last;
    const auto then = post_op(next);
    // With an addition between, oneDNN's operators of libtorch know relu after convolutions only.
    if (!then || (other != nullptr && (layer.dims == 0 || then->name != "relu"))) return last;
    if (!take(next, {layer.input, other, last->output()}, unpacked)) return last;
    unpacked.post_op = then;
    return next;
  }

  bool take(Node* node, at::ArrayRef<const Value*> given, PackedLayer::Unpacked& unpacked) {
    auto op = BoundOperator::of(node, given);
    if (!op) return false;
    unpacked.operators.push_back(std::move(*op));
    gone_.insert(node);
    return true;
  }

  std::shared_ptr<Graph> graph_;
  torch::jit::AliasDb aliases_;
  std::vector<Node*> views_;
  std::unordered_set<const Node*> gone_;
  std::unordered_map<const Value*, const Value*> replaced_;  // by what replaces them
};

}  // namespace

std::shared_ptr<Graph> prepacked(Graph& graph) {
  if (!has_packed_operators())
    throw Failure(NX_ERROR_UNSUPPORTED,
                  "weights can't be prepacked: this libtorch was built without oneDNN");
  register_packed_layer();
  std::shared_ptr<Graph> copy = graph.copy();
  torch::jit::LowerSimpleTuples(copy);
  torch::jit::RemoveListMutation(copy);
  torch::jit::RemoveTensorMutation(copy);
  torch::jit::EliminateCommonSubexpression(copy);
  Prepack(copy).run();
  torch::jit::EliminateDeadCode(copy);
  return copy;
}

}  // namespace nx
