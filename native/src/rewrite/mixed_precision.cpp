// Mixed precision: what multiplies matrices in 16 bits, what sums up or normalises in float32.
#include <torch/csrc/jit/ir/alias_analysis.h>
#include <torch/csrc/jit/passes/constant_pooling.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>
#include <torch/csrc/jit/passes/remove_dropout.h>
#include <torch/csrc/jit/passes/remove_mutation.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "error.h"
#include "nodes.h"
#include "rewrite/fold_scales.h"
#include "rewrite/frozen.h"
#include "rewrite/linear_layer.h"
#include "rewrite/names.h"
#include "rewrite/rewrite.h"

namespace nx {
namespace {

using torch::jit::Block;
using torch::jit::Graph;
using torch::jit::Module;
using torch::jit::Node;
using torch::jit::Value;

// Computed in 16 bits: libtorch sums these up in float32 inside.
constexpr std::array<std::string_view, 15> kLow{"aten::linear",
                                                "aten::matmul",
                                                "aten::mm",
                                                "aten::bmm",
                                                "aten::addmm",
                                                "aten::baddbmm",
                                                "aten::conv1d",
                                                "aten::conv2d",
                                                "aten::conv3d",
                                                "aten::_convolution",
                                                "aten::convolution",
                                                "aten::conv_transpose1d",
                                                "aten::conv_transpose2d",
                                                "aten::conv_transpose3d",
                                                "aten::scaled_dot_product_attention"};

// Computed in whatever its inputs are, if that is one dtype: moves elements, or changes each by
// itself without losing more than rounding does.
constexpr std::array<std::string_view, 48> kEither{"aten::relu",
                                                   "aten::relu6",
                                                   "aten::leaky_relu",
                                                   "aten::gelu",
                                                   "aten::silu",
                                                   "aten::hardswish",
                                                   "aten::hardtanh",
                                                   "aten::hardsigmoid",
                                                   "aten::sigmoid",
                                                   "aten::tanh",
                                                   "aten::clamp",
                                                   "aten::dropout",
                                                   "aten::view",
                                                   "aten::reshape",
                                                   "aten::flatten",
                                                   "aten::transpose",
                                                   "aten::permute",
                                                   "aten::t",
                                                   "aten::contiguous",
                                                   "aten::expand",
                                                   "aten::slice",
                                                   "aten::select",
                                                   "aten::unsqueeze",
                                                   "aten::squeeze",
                                                   "aten::chunk",
                                                   "aten::split",
                                                   "aten::split_with_sizes",
                                                   "aten::unbind",
                                                   "aten::cat",
                                                   "aten::stack",
                                                   "aten::add",
                                                   "aten::mul",
                                                   "aten::roll",
                                                   "aten::max_pool2d",
                                                   "aten::adaptive_avg_pool2d",
                                                   "aten::avg_pool2d",
                                                   "aten::upsample_nearest2d",
                                                   "aten::channel_shuffle",
                                                   "aten::pixel_shuffle",
                                                   "aten::constant_pad_nd",
                                                   "aten::pad",
                                                   "aten::narrow",
                                                   "aten::unflatten",
                                                   "aten::movedim",
                                                   "aten::neg",
                                                   "prim::ListConstruct",
                                                   "prim::ListUnpack",
                                                   "prim::ConstantChunk"};

bool is_tensor_list(const Value* value) {
  const auto list = value->type()->cast<c10::ListType>();
  return list && list->getElementType()->kind() == c10::TypeKind::TensorType;
}

at::ScalarType low_type(const std::string& name) {
  if (name == "bfloat16") return at::kBFloat16;
  if (name == "float16") return at::kHalf;
  invalid_argument("expected bfloat16 or float16, got '" + name + "'");
}

class MixedPrecision {
 public:
  MixedPrecision(std::shared_ptr<Graph> graph, const std::string& type, const LayerNames& keep)
      : graph_(std::move(graph)),
        aliases_(graph_),
        type_(low_type(type)),
        type_name_(type),
        keep_(keep) {}

  void run() { run(graph_->block()); }

  std::vector<Change> changes;

 private:
  // What is low leaves a block as float32.
  void run(Block* block) {
    const std::vector<Node*> nodes(block->nodes().begin(), block->nodes().end());
    for (Node* node : nodes) {
      for (Block* inner : node->blocks()) run(inner);
      rewrite(node);
    }
    widen_inputs(block->return_node());
  }

  void rewrite(Node* node) {
    const std::string kind = node->kind().toQualString();
    if (node->kind() == c10::prim::Constant) return;
    if (is_among(kLow, kind) && may_lower(node)) {
      lower(node);
    } else if ((is_among(kEither, kind) || feeds_low(node)) && are_inputs_low(node)) {
      for (Value* output : node->outputs()) mark(output);
    } else {
      widen_inputs(node);
    }
  }

  bool may_lower(Node* node) const {
    if (keep_.contains(layer_of(node))) return false;
    for (const Value* input : node->inputs()) {
      const auto constant = constant_tensor(input);
      if (constant && constant->is_floating_point() && constant->scalar_type() != at::kFloat)
        return false;
    }
    return true;
  }

  void lower(Node* node) {
    int64_t before = 0;
    int64_t after = 0;
    for (size_t i = 0; i < node->inputs().size(); ++i) {
      Value* input = node->input(i);
      if (!is_tensor(input) || low_.count(input) > 0) continue;
      if (const auto constant = constant_tensor(input)) {
        if (!constant->is_floating_point()) continue;
        Value* converted = low_constant(input, *constant);
        node->replaceInput(i, converted);
        before += static_cast<int64_t>(constant->nbytes());
        after += static_cast<int64_t>(constant_tensor(converted)->nbytes());
      } else if (is_mask(node, i)) {
        node->replaceInput(i, low_mask(input, node));
      } else {
        node->replaceInput(i, cast(input, type_, node, low_casts_));
      }
    }
    for (Value* output : node->outputs()) mark(output);
    const std::string kind = node->kind().toUnqualString();
    if (before > 0) {
      changes.push_back(
          {layer_of(node), kind + ", float32", kind + ", " + type_name_, before, after});
    }
  }

  // Whether all tensors that it computes with are low. A constant or something in float32 beside
  // them makes libtorch compute in float32.
  bool are_inputs_low(const Node* node) const {
    bool some = false;
    for (const Value* input : node->inputs()) {
      if (!is_tensor(input) && !is_tensor_list(input)) continue;
      if (low_.count(input) == 0) return false;
      some = true;
    }
    return some;
  }

  // Softmax sums up in float32 inside. Where its input is low, and its result is made low for all
  // that read it, nothing is lost by leaving out the casts between.
  bool feeds_low(Node* node) const {
    if (node->kind() != c10::aten::softmax || !node->input(2)->mustBeNone()) return false;
    const auto& uses = node->output()->uses();
    return std::all_of(uses.begin(), uses.end(), [&](const torch::jit::Use& use) {
      return is_among(kLow, use.user->kind().toQualString()) && may_lower(use.user);
    });
  }

  void widen_inputs(Node* node) {
    for (size_t i = 0; i < node->inputs().size(); ++i) {
      Value* input = node->input(i);
      if (low_.count(input) > 0 && is_tensor(input))
        node->replaceInput(i, cast(input, at::kFloat, node, wide_casts_));
    }
  }

  // A cast is made once, where the value is made, unless something writes to the value later.
  Value* cast(Value* value, at::ScalarType type, Node* user,
              std::unordered_map<Value*, Value*>& casts) {
    const bool is_shared = !aliases_.hasWriters(value) && value->node()->kind() != c10::prim::Param;
    if (is_shared) {
      if (const auto found = casts.find(value); found != casts.end()) return found->second;
    }
    const torch::jit::WithInsertPoint here(is_shared ? value->node()->next() : user);
    Value* result = graph_->insert(
        c10::aten::to, {value, static_cast<int64_t>(type), false, false, c10::IValue()});
    result->setType(c10::TensorType::get());
    if (is_shared) casts.emplace(value, result);
    return result;
  }

  // Of attention: numbers to be added, or whether to look at an element, which must stay bool.
  static bool is_mask(const Node* node, size_t input) {
    constexpr size_t kMask = 3;
    return node->kind() == c10::aten::scaled_dot_product_attention && input == kMask;
  }

  Value* low_mask(Value* mask, Node* user) {
    const torch::jit::WithInsertPoint here(user);
    Value* is_numbers = graph_->insert(c10::aten::is_floating_point, {mask});
    Node* choice = graph_->insertNode(graph_->create(c10::prim::If, {is_numbers}, 1));
    Block* numbers = choice->addBlock();
    choice->addBlock()->registerOutput(mask);
    const torch::jit::WithInsertPoint inside(numbers);
    numbers->registerOutput(graph_->insert(
        c10::aten::to, {mask, static_cast<int64_t>(type_), false, false, c10::IValue()}));
    return choice->output();
  }

  Value* low_constant(Value* value, const at::Tensor& tensor) {
    if (const auto found = constants_.find(value); found != constants_.end()) return found->second;
    const torch::jit::WithInsertPoint here(graph_->block()->nodes().front());
    Value* result = graph_->insertConstant(tensor.to(type_));
    constants_.emplace(value, result);
    return result;
  }

  void mark(Value* value) {
    // A traced graph says which dtype its example had.
    if (is_tensor(value)) value->setType(c10::TensorType::get());
    if (is_tensor(value) && aliases_.hasWriters(value)) {
      // Whoever writes to it, and whoever reads what was written, must mean the same tensor.
      Value* wide = cast(value, at::kFloat, value->node()->next(), wide_casts_);
      value->replaceAllUsesAfterNodeWith(wide->node(), wide);
      return;
    }
    low_.insert(value);
  }

  std::shared_ptr<Graph> graph_;
  torch::jit::AliasDb aliases_;
  at::ScalarType type_;
  std::string type_name_;
  const LayerNames& keep_;
  std::unordered_set<const Value*> low_;
  std::unordered_map<Value*, Value*> low_casts_;
  std::unordered_map<Value*, Value*> wide_casts_;
  std::unordered_map<Value*, Value*> constants_;
};

// oneDNN Graph fails to compile addmm in 16 bits.
void make_linear(Graph& graph) {
  std::vector<Node*> nodes;
  for_each_node(graph.block(), [&](Node* node) {
    if (node->kind() == c10::aten::addmm) nodes.push_back(node);
  });
  for (Node* node : nodes) {
    const auto layer = linear_layer(node);
    if (!layer) continue;
    const torch::jit::WithInsertPoint here(node);
    c10::IValue bias;
    if (layer->bias.defined()) bias = layer->bias;
    Value* result =
        graph.insert(c10::aten::linear, {layer->input, layer->weight.detach().contiguous(), bias});
    name_like(result->node(), node);
    layer->output->replaceAllUsesWith(result);
  }
}

Rewritten mixed_precision(const Module& module, const torch::jit::Stack& arguments) {
  Rewritten result{frozen(module), {}};
  std::shared_ptr<Graph> graph = result.module.get_method("forward").graph();
  const LayerNames keep(arguments.at(1), *graph);
  torch::jit::removeDropout(graph);
  torch::jit::RemoveTensorMutation(graph);
  fold_scales(graph);
  make_linear(*graph);
  MixedPrecision pass(graph, arguments.at(0).toStringRef(), keep);
  pass.run();
  torch::jit::EliminateDeadCode(graph);
  graph->lint();
  result.changes = std::move(pass.changes);
  return result;
}

}  // namespace

const Rewrite kMixedPrecision{"mixed_precision(str dtype, str[] keep) -> ()", mixed_precision};

}  // namespace nx
