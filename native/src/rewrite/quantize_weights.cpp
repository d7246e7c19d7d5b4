// Linear layers with weights in 8 or 4 bits, which are multiplied in bfloat16.
#include <ATen/TensorOperators.h>
#include <ATen/ops/amax.h>
#include <ATen/ops/amin.h>
#include <ATen/ops/clamp.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/round.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/where.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>

#include "error.h"
#include "nodes.h"
#include "rewrite/frozen.h"
#include "rewrite/int4_layout.h"
#include "rewrite/linear_layer.h"
#include "rewrite/names.h"
#include "rewrite/quantized.h"
#include "rewrite/rewrite.h"

namespace nx {
namespace {

using torch::jit::Graph;
using torch::jit::Module;
using torch::jit::Node;
using torch::jit::Value;

constexpr const char* kInt8 = "aten::_weight_int8pack_mm";
constexpr const char* kInt4 = "aten::_weight_int4pack_mm_for_cpu";
constexpr const char* kPackInt4 = "aten::_convert_weight_to_int4pack_for_cpu";

// Of numbers that are all the same, any step will do.
at::Tensor steps(const at::Tensor& range, double count) {
  const at::Tensor steps = range / count;
  return at::where(steps > 0, steps, at::ones_like(steps));
}

struct Weights {
  at::Tensor integers;
  at::Tensor scales;
};

// int8 (out, in) and bfloat16 (out).
Weights in_8_bits(const at::Tensor& weight) {
  const at::Tensor scales = steps(weight.abs().amax({1}), 127).to(at::kBFloat16);
  const at::Tensor wide = scales.to(at::kFloat).unsqueeze(1);
  return {at::round(weight / wide).clamp(-127, 127).to(at::kChar), scales};
}

// As the operator wants them: packed, and bfloat16 (in / group, out, 2) with the step and the
// middle of each group of numbers of a row.
Weights in_4_bits(const at::Tensor& weight, int64_t group) {
  const int64_t out = weight.size(0);
  const at::Tensor groups = weight.reshape({out, -1, group});
  const at::Tensor least = groups.amin({2});
  const at::Tensor scales = steps(groups.amax({2}) - least, 15).to(at::kBFloat16);
  const at::Tensor wide = scales.to(at::kFloat);
  const at::Tensor middles = (least + wide * 8).to(at::kBFloat16);
  const at::Tensor start = (middles.to(at::kFloat) - wide * 8).unsqueeze(2);
  const at::Tensor integers = at::round((groups - start) / wide.unsqueeze(2)).clamp(0, 15);
  const int64_t inner_tiles = 2;  // of no meaning on CPUs
  return {call_operator(kPackInt4, {integers.reshape(weight.sizes()).to(at::kInt), inner_tiles})
              .toTensor(),
          at::stack({scales, middles}, 2).transpose(0, 1).contiguous()};
}

class QuantizeWeights {
 public:
  QuantizeWeights(std::shared_ptr<Graph> graph, int64_t bits, int64_t group)
      : graph_(std::move(graph)), bits_(bits), group_(group) {}

  void run(const LayerNames& keep) {
    std::vector<Node*> nodes;
    for_each_node(graph_->block(), [&](Node* node) { nodes.push_back(node); });
    for (Node* node : nodes) {
      const auto layer = linear_layer(node);
      if (layer && !keep.contains(layer_of(node)) && is_possible(layer->weight)) quantize(*layer);
    }
  }

  std::vector<Change> changes;

 private:
  bool is_possible(const at::Tensor& weight) const {
    constexpr int64_t kRows = 16;  // that the operator for 4 bits computes at once
    const bool fits = bits_ == 8 || (weight.size(0) % kRows == 0 && weight.size(1) % group_ == 0);
    return fits && is_quantizable(weight);
  }

  void quantize(const LinearLayer& layer) {
    const at::Tensor weight = layer.weight.contiguous();
    const Weights weights = bits_ == 8 ? in_8_bits(weight) : in_4_bits(weight, group_);
    const torch::jit::WithInsertPoint here(layer.output->node());
    Value* rows = as_matrix(*graph_, layer.input, weight.size(1));
    std::vector<torch::jit::NamedValue> inputs{to(rows, at::kBFloat16),
                                               graph_->insertConstant(weights.integers)};
    if (bits_ == 4) inputs.emplace_back(graph_->insertConstant(group_));
    inputs.emplace_back(graph_->insertConstant(weights.scales));
    Value* product =
        graph_->insert(c10::Symbol::fromQualString(bits_ == 8 ? kInt8 : kInt4), inputs);
    name_like(product->node(), layer.node);
    Value* result = to(product, at::kFloat);
    int64_t bias_bytes = 0;
    if (layer.bias.defined()) {
      result = graph_->insert(c10::aten::add, {result, graph_->insertConstant(layer.bias)});
      bias_bytes = static_cast<int64_t>(layer.bias.nbytes());
    }
    result = as_shape_of(*graph_, result, layer.input, weight.size(0));
    layer.output->replaceAllUsesWith(result);
    changes.push_back(
        {layer_of(layer.node), std::string(layer.node->kind().toUnqualString()) + ", float32",
         "linear, int" + std::to_string(bits_) + " weights",
         static_cast<int64_t>(weight.nbytes()) + bias_bytes,
         static_cast<int64_t>(weights.integers.nbytes() + weights.scales.nbytes()) + bias_bytes});
  }

  Value* to(Value* value, at::ScalarType type) {
    return graph_->insert(c10::aten::to,
                          {value, static_cast<int64_t>(type), false, false, c10::IValue()});
  }

  std::shared_ptr<Graph> graph_;
  int64_t bits_;
  int64_t group_;
};

Rewritten quantize_weights(const Module& module, const torch::jit::Stack& arguments) {
  const int64_t bits = arguments.at(0).toInt();
  const int64_t group = arguments.at(1).toInt();
  if (bits != 8 && bits != 4) invalid_argument("expected 8 or 4 bits, got " + std::to_string(bits));
  if (group != 32 && group != 64 && group != 128 && group != 256)
    invalid_argument("expected groups of 32, 64, 128 or 256, got " + std::to_string(group));
  require_operator(bits == 8 ? kInt8 : kInt4);
  if (bits == 4) require_operator(kPackInt4);
  Rewritten result{frozen(module), {}};
  std::shared_ptr<Graph> graph = result.module.get_method("forward").graph();
  const LayerNames keep(arguments.at(2), *graph);
  QuantizeWeights pass(graph, bits, group);
  pass.run(keep);
  if (pass.changes.empty()) {
    throw Failure(NX_ERROR_UNSUPPORTED,
                  std::string("nothing can be quantised: the model has no linear layer with "
                              "constant float32 weights") +
                      (bits == 8 ? "" : " of whole groups and a multiple of 16 outputs") +
                      ", or all are kept");
  }
  if (bits == 4) note_int4_layout(result.module);
  torch::jit::EliminateDeadCode(graph);
  graph->lint();
  result.changes = std::move(pass.changes);
  return result;
}

}  // namespace

const Rewrite kQuantizeWeights{"quantize_weights(int bits, int group, str[] keep) -> ()",
                               quantize_weights};

}  // namespace nx
