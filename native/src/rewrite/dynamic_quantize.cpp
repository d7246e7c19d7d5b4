// Dynamic quantisation: weights in int8 or float16, what they are multiplied by in int8 with a
// range that each call finds.
#include <ATen/Context.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/jit/passes/constant_pooling.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>
#include <torch/csrc/jit/passes/remove_mutation.h>

#include <algorithm>
#include <map>
#include <tuple>

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
using torch::jit::Node;
using torch::jit::Value;

struct DynamicSettings {
  bool is_half;
  bool per_channel;
  bool reduce_range;
};

int64_t bytes(const at::Tensor& tensor) {
  return tensor.defined() ? static_cast<int64_t>(tensor.nbytes()) : 0;
}

class DynamicQuantize {
 public:
  DynamicQuantize(Module& module, std::shared_ptr<Graph> graph, DynamicSettings settings,
                  const LayerNames& keep)
      : graph_(std::move(graph)), packed_(module, *graph_), settings_(settings), keep_(keep) {}

  void run() {
    std::vector<Node*> nodes;
    for_each_node(graph_->block(), [&](Node* node) { nodes.push_back(node); });
    for (Node* node : nodes) {
      if (node->kind() == c10::prim::Constant || keep_.contains(layer_of(node))) continue;
      if (node->kind() == c10::aten::lstm || node->kind() == c10::aten::gru) {
        quantize_cells(node);
      } else if (const auto layer = linear_layer(node)) {
        quantize(*layer);
      }
    }
  }

  std::vector<Change> changes;

 private:
  struct Packed {
    c10::IValue object;
    int64_t bytes;
  };

  const char* type_name() const { return settings_.is_half ? "float16" : "int8"; }

  Packed pack(const at::Tensor& weight, const at::Tensor& bias) {
    const c10::IValue optional_bias = bias.defined() ? c10::IValue(bias) : c10::IValue();
    if (settings_.is_half) {
      return {call_operator("quantized::linear_prepack_fp16", {weight.contiguous(), optional_bias}),
              bytes(weight) / 2 + bytes(bias)};
    }
    const at::Tensor quantized = quantize_weight(weight, settings_.per_channel);
    return {call_operator("quantized::linear_prepack", {quantized, optional_bias}),
            quantized_bytes(quantized) + bytes(bias)};
  }

  // Layers with the same weights and bias have one packed object.
  const Packed& pack_once(const at::Tensor& weight, const at::Tensor& bias) {
    const auto key = std::make_tuple(weight.const_data_ptr(), weight.stride(0), weight.size(0),
                                     bias.defined() ? bias.const_data_ptr() : nullptr);
    const auto found = linears_.find(key);
    return found != linears_.end() ? found->second
                                   : linears_.emplace(key, pack(weight, bias)).first->second;
  }

  void quantize(const LinearLayer& layer) {
    if (!is_quantizable(layer.weight)) return;
    const Packed& packed = pack_once(layer.weight, layer.bias);
    Value* relu = relu_after(layer.output);
    Value* replaced = relu != nullptr ? relu : layer.output;
    const torch::jit::WithInsertPoint here(replaced->node());
    Value* rows = as_matrix(*graph_, layer.input, layer.weight.size(1));
    std::vector<torch::jit::NamedValue> inputs{rows, packed_.add(packed.object)};
    if (!settings_.is_half) inputs.emplace_back(graph_->insertConstant(settings_.reduce_range));
    const std::string name =
        std::string(relu != nullptr ? "linear_relu_dynamic" : "linear_dynamic") +
        (settings_.is_half ? "_fp16" : "");
    Value* product = graph_->insert(c10::Symbol::fromQualString("quantized::" + name), inputs);
    name_like(product->node(), layer.node);
    Value* result = as_shape_of(*graph_, product, layer.input, layer.weight.size(0));
    changes.push_back(
        {layer_of(layer.node), std::string(layer.node->kind().toUnqualString()) + ", float32",
         name + ", " + type_name(), bytes(layer.weight) + bytes(layer.bias), packed.bytes});
    replaced->replaceAllUsesWith(result);
  }

  // (weights of the input, weights of the state[, their biases]) for each layer and direction.
  void quantize_cells(Node* node) {
    const bool is_lstm = node->kind() == c10::aten::lstm;
    // With packed sequences the weights come later: data, batch_sizes, state, weights.
    const bool is_packed_sequence = node->input(1)->type()->isSubtypeOf(*c10::TensorType::get()) &&
                                    node->input(3)->type()->kind() == c10::TypeKind::ListType;
    const size_t at = is_packed_sequence ? 3 : 2;
    const std::vector<at::Tensor> weights = constant_tensors(node->input(at));
    const auto biased = constant_value(node->input(at + 1));
    const auto layers = constant_value(node->input(at + 2));
    const auto both = constant_value(node->input(at + 5));
    if (!biased || !layers || !both) return;
    const size_t cells = static_cast<size_t>(layers->toInt()) * (both->toBool() ? 2 : 1);
    const size_t each = biased->toBool() ? 4 : 2;
    if (weights.size() != cells * each) return;  // a projection has one more
    for (const at::Tensor& weight : weights) {
      if (!is_quantizable(weight)) return;
    }
    int64_t before = 0;
    int64_t after = 0;
    std::vector<Value*> objects;
    for (size_t i = 0; i < weights.size(); i += each) {
      // The quantised operators want biases.
      const at::Tensor zeros = each == 2 ? at::zeros({weights[i].size(0)}) : at::Tensor();
      const at::Tensor bias_input = each == 2 ? zeros : weights[i + 2];
      const at::Tensor bias_state = each == 2 ? zeros : weights[i + 3];
      const Packed input = pack(weights[i], bias_input);
      const Packed state = pack(weights[i + 1], bias_state);
      const c10::IValue cell = settings_.is_half
                                   ? call_operator("quantized::make_quantized_cell_params_fp16",
                                                   {input.object, state.object})
                                   : call_operator("quantized::make_quantized_cell_params_dynamic",
                                                   {input.object, state.object, bias_input,
                                                    bias_state, settings_.reduce_range});
      objects.push_back(packed_.add(cell));
      for (size_t j = i; j < i + each; ++j) before += bytes(weights[j]);
      after += input.bytes + state.bytes;
    }
    const torch::jit::WithInsertPoint here(node);
    std::vector<torch::jit::NamedValue> inputs;
    Value* list =
        graph_->insertNode(graph_->createList(objects.front()->type(), objects))->output();
    for (size_t i = 0; i < node->inputs().size(); ++i)
      inputs.emplace_back(i == at ? list : node->input(i));
    inputs[at + 1] = torch::jit::NamedValue(graph_->insertConstant(true));
    std::vector<torch::jit::NamedValue> named;
    if (is_lstm) {
      named.emplace_back("dtype", static_cast<int64_t>(settings_.is_half ? at::kHalf : at::kQInt8));
      named.emplace_back("use_dynamic", true);
    }
    const std::string kind = node->kind().toUnqualString();
    Value* first =
        graph_->insert(c10::Symbol::fromQualString("aten::quantized_" + kind), inputs, named);
    replace_outputs(node, first);
    changes.push_back({layer_of(node), kind + ", float32", "quantized_" + kind + ", " + type_name(),
                       before, after});
  }

  // insert() packs several results into a tuple.
  void replace_outputs(Node* node, Value* result) {
    Node* unpacked = graph_->insertNode(graph_->createTupleUnpack(result));
    for (size_t i = 0; i < node->outputs().size(); ++i)
      node->output(i)->replaceAllUsesWith(unpacked->output(i));
    Node* made = result->node();
    name_like(made->kind() == c10::prim::TupleConstruct ? made->input(0)->node() : made, node);
  }

  std::shared_ptr<Graph> graph_;
  PackedWeights packed_;
  DynamicSettings settings_;
  const LayerNames& keep_;
  std::map<std::tuple<const void*, int64_t, int64_t, const void*>, Packed> linears_;
};

at::QEngine engine_for(const std::string& name, bool is_half) {
  if (name != "auto") {
    const at::QEngine engine = quantized_engine(name);
    if (is_half && engine != at::QEngine::X86 && engine != at::QEngine::FBGEMM) {
      throw Failure(NX_ERROR_UNSUPPORTED,
                    "the engine '" + name + "' has no linear layers with float16 weights");
    }
    return engine;
  }
  if (!is_half) return default_engine();
  const auto& present = at::globalContext().supportedQEngines();
  const bool has_x86 = std::find(present.begin(), present.end(), at::QEngine::X86) != present.end();
  return has_x86 ? at::QEngine::X86 : quantized_engine("fbgemm");
}

Rewritten dynamic_quantize(const Module& module, const torch::jit::Stack& arguments) {
  const std::string dtype = arguments.at(0).toStringRef();
  if (dtype != "int8" && dtype != "float16")
    invalid_argument("expected int8 or float16, got '" + dtype + "'");
  const bool is_half = dtype == "float16";
  const at::QEngine engine = engine_for(arguments.at(1).toStringRef(), is_half);
  require_operator(is_half ? "quantized::linear_dynamic_fp16" : "quantized::linear_dynamic");
  const DynamicSettings settings{is_half, arguments.at(2).toBool(), needs_reduced_range(engine)};
  Rewritten result{frozen(module), {}};
  std::shared_ptr<Graph> graph = result.module.get_method("forward").graph();
  const LayerNames keep(arguments.at(3), *graph);
  torch::jit::RemoveTensorMutation(graph);
  const EngineScope scope(engine);
  DynamicQuantize pass(result.module, graph, settings, keep);
  pass.run();
  if (pass.changes.empty()) {
    throw Failure(NX_ERROR_UNSUPPORTED,
                  "nothing can be quantised: the model has no linear, LSTM or GRU layer with "
                  "constant float32 weights, or all are kept");
  }
  torch::jit::EliminateDeadCode(graph);
  graph->lint();
  result.changes = std::move(pass.changes);
  return result;
}

}  // namespace

const Rewrite kDynamicQuantize{
    "dynamic_quantize(str dtype, str engine, bool per_channel, str[] keep) -> ()",
    dynamic_quantize};

}  // namespace nx
