// Embeddings with rows in 8 or 4 bits.
#include <torch/csrc/jit/passes/dead_code_elimination.h>

#include "error.h"
#include "nodes.h"
#include "rewrite/frozen.h"
#include "rewrite/linear_layer.h"
#include "rewrite/names.h"
#include "rewrite/quantized.h"
#include "rewrite/rewrite.h"

namespace nx {
namespace {

using torch::jit::Graph;
using torch::jit::Module;
using torch::jit::NamedValue;
using torch::jit::Node;
using torch::jit::Value;

class QuantizeEmbeddings {
 public:
  QuantizeEmbeddings(std::shared_ptr<Graph> graph, bool is_byte)
      : graph_(std::move(graph)), is_byte_(is_byte) {}

  void run(const LayerNames& keep) {
    std::vector<Node*> nodes;
    for_each_node(graph_->block(), [&](Node* node) { nodes.push_back(node); });
    for (Node* node : nodes) {
      const bool is_bag = node->kind() == c10::aten::embedding_bag;
      if (node->kind() != c10::aten::embedding && !is_bag) continue;
      const auto weight = constant_tensor(node->input(0));
      if (!weight || keep.contains(layer_of(node)) || !is_possible(*weight)) continue;
      if (!is_bag) {
        quantize(node, *weight);
      } else if (is_sum(node)) {
        quantize_bag(node, *weight);
      }
    }
  }

  std::vector<Change> changes;

 private:
  bool is_possible(const at::Tensor& weight) const {
    // Two numbers share a byte.
    return weight.dim() == 2 && (is_byte_ || weight.size(1) % 2 == 0) && is_quantizable(weight);
  }

  // The quantised operators only sum up, and return the sums only.
  static bool is_sum(const Node* node) {
    if (node->inputs().size() != 9) return false;
    const auto mode = constant_value(node->input(4));
    const auto padding = constant_value(node->input(8));
    const bool counts_all =
        padding && (padding->isNone() || (padding->isInt() && padding->toInt() < 0));
    if (!mode || mode->toInt() != 0 || !counts_all) return false;
    for (size_t i = 1; i < node->outputs().size(); ++i) {
      if (node->output(i)->hasUses()) return false;
    }
    return true;
  }

  // Each index is a bag of its own.
  void quantize(Node* node, const at::Tensor& weight) {
    const torch::jit::WithInsertPoint here(node);
    Value* indices = to_long(node->input(1));
    Value* flat =
        graph_->insert(c10::aten::reshape, {indices, c10::IValue(std::vector<int64_t>{-1})});
    Value* count = graph_->insert(c10::Symbol::fromQualString("aten::numel"), {flat});
    Value* offsets = graph_->insert(c10::aten::arange, {count});
    Value* rows = sums(node, weight, {flat, offsets, c10::IValue(), false});
    Value* result = in_shape_of(indices, rows, weight.size(1));
    node->output()->replaceAllUsesWith(result);
  }

  void quantize_bag(Node* node, const at::Tensor& weight) {
    const torch::jit::WithInsertPoint here(node);
    Value* result =
        sums(node, weight,
             {to_long(node->input(1)), to_long(node->input(2)), node->input(6), node->input(7)});
    node->output(0)->replaceAllUsesWith(result);
  }

  struct Bags {
    Value* indices;
    Value* offsets;
    NamedValue weights;
    NamedValue includes_last;
  };

  Value* sums(Node* node, const at::Tensor& weight, const Bags& bags) {
    const at::Tensor packed = pack(weight);
    const bool scales_gradients = false;
    const int64_t mode = 0;
    const bool is_pruned = false;
    Value* result = graph_->insert(
        c10::Symbol::fromQualString(is_byte_ ? "quantized::embedding_bag_byte_rowwise_offsets"
                                             : "quantized::embedding_bag_4bit_rowwise_offsets"),
        {graph_->insertConstant(packed), bags.indices, bags.offsets, scales_gradients, mode,
         is_pruned, bags.weights, c10::IValue(), bags.includes_last});
    name_like(result->node(), node);
    const std::string kind = node->kind().toUnqualString();
    changes.push_back({layer_of(node), kind + ", float32", kind + (is_byte_ ? ", int8" : ", int4"),
                       static_cast<int64_t>(weight.nbytes()),
                       static_cast<int64_t>(packed.nbytes())});
    return result;
  }

  // Rows of integers, each with its scale and its smallest number behind it.
  at::Tensor pack(const at::Tensor& weight) const {
    const at::Tensor dense = weight.contiguous();
    if (is_byte_) return call_operator("quantized::embedding_bag_byte_prepack", {dense}).toTensor();
    const bool is_optimized = false;  // gains a tenth of the error for seconds of work
    const int64_t bins = 200;
    const double ratio = 0.16;
    return call_operator("quantized::embedding_bag_4bit_prepack",
                         {dense, is_optimized, bins, ratio})
        .toTensor();
  }

  Value* to_long(Value* indices) {
    return graph_->insert(c10::aten::to,
                          {indices, static_cast<int64_t>(at::kLong), false, false, c10::IValue()});
  }

  Value* in_shape_of(Value* indices, Value* rows, int64_t width) {
    Value* sizes = graph_->insert(c10::aten::size, {indices});
    Value* shape =
        graph_->insert(c10::aten::add, {sizes, c10::IValue(std::vector<int64_t>{width})});
    return graph_->insert(c10::aten::reshape, {rows, shape});
  }

  std::shared_ptr<Graph> graph_;
  bool is_byte_;
};

Rewritten quantize_embeddings(const Module& module, const torch::jit::Stack& arguments) {
  const int64_t bits = arguments.at(0).toInt();
  if (bits != 8 && bits != 4) invalid_argument("expected 8 or 4 bits, got " + std::to_string(bits));
  require_operator(bits == 8 ? "quantized::embedding_bag_byte_rowwise_offsets"
                             : "quantized::embedding_bag_4bit_rowwise_offsets");
  Rewritten result{frozen(module), {}};
  std::shared_ptr<Graph> graph = result.module.get_method("forward").graph();
  const LayerNames keep(arguments.at(1), *graph);
  QuantizeEmbeddings pass(graph, bits == 8);
  pass.run(keep);
  if (pass.changes.empty()) {
    throw Failure(NX_ERROR_UNSUPPORTED,
                  "nothing can be quantised: the model has no embedding with constant float32 "
                  "weights, or all are kept");
  }
  torch::jit::EliminateDeadCode(graph);
  graph->lint();
  result.changes = std::move(pass.changes);
  return result;
}

}  // namespace

const Rewrite kQuantizeEmbeddings{"quantize_embeddings(int bits, str[] keep) -> ()",
                                  quantize_embeddings};

}  // namespace nx
