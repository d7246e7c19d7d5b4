// Static quantisation: weights and inner values as 8-bit integers, whose scales were observed.
#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/quantize_per_channel.h>
#include <ATen/ops/quantize_per_tensor.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <c10/util/Exception.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>

#include <algorithm>
#include <set>

#include "error.h"
#include "nodes.h"
#include "rewrite/frozen.h"
#include "rewrite/names.h"
#include "rewrite/quantized.h"
#include "rewrite/quantized_forms.h"
#include "rewrite/region.h"
#include "rewrite/rewrite.h"
#include "rewrite/weighted.h"

namespace nx {
namespace {

using torch::jit::Graph;
using torch::jit::Module;
using torch::jit::Node;
using torch::jit::Value;

constexpr int64_t kWeightLevels = 127;

// Takes the observers out of a module.
Observations take_observations(Module& module, Graph& graph) {
  Observations observations;
  std::vector<Node*> nodes;
  for_each_node(graph.block(), [&](Node* node) {
    if (node->kind() == observe_kind()) nodes.push_back(node);
  });
  for (Node* node : nodes) {
    Node* attribute = node->input(1)->node();
    const std::string name = attribute->s(c10::attr::name);
    observations.emplace(node->input(0), Observed(module.attr(name).toTensor()));
    node->destroy();
    attribute->destroy();
    const size_t slot = module.type()->getAttributeSlot(name);
    module._ivalue()->unsafeRemoveSlot(slot);
    module._ivalue()->type()->unsafeRemoveAttribute(name);
  }
  if (observations.empty())
    invalid_argument("the model is not observed: observe it, and run samples through it");
  const bool has_data = std::any_of(observations.begin(), observations.end(),
                                    [](const auto& entry) { return !entry.second.is_empty(); });
  if (!has_data)
    invalid_argument("there is no calibration data: no sample was run through the observed model");
  return observations;
}

// One scale for each output, at 127 for the largest weight. A scale so small that the bias would
// not fit into an integer of 32 bits, in which sums are made, is made larger: weights so small
// change nothing.
at::Tensor quantized_weight(const Weighted& layer, double input_scale) {
  const at::Tensor weight = layer.weight.detach().contiguous();
  at::Tensor scales = weight.reshape({weight.size(0), -1}).abs().amax(1) / kWeightLevels;
  if (layer.bias) {
    constexpr double kLargestSum = 1 << 24;
    scales = at::maximum(scales, layer.bias->detach().abs() / (input_scale * kLargestSum));
  }
  scales = at::where(scales > 0, scales, at::ones_like(scales));
  return at::quantize_per_channel(weight, scales.to(at::kDouble),
                                  at::zeros(scales.sizes(), at::kLong), 0, at::kQInt8);
}

// fbgemm computes depthwise convolutions of so many channels a hundred times slower than others;
// engine x86 leaves those of more than 100 groups to it.
bool is_slow(const Weighted& layer, at::QEngine engine) {
  constexpr int64_t kMultiple = 8;
  constexpr int64_t kMostGroupsOfOneDnn = 100;
  const bool is_depthwise = layer.groups > 1 && layer.groups == layer.weight.size(0);
  const bool is_fbgemm = engine == at::QEngine::FBGEMM ||
                         (engine == at::QEngine::X86 && layer.groups > kMostGroupsOfOneDnn);
  return is_depthwise && is_fbgemm && layer.groups % kMultiple != 0;
}

class StaticQuantize {
 public:
  StaticQuantize(Module& module, std::shared_ptr<Graph> graph, const LayerNames& keep,
                 Observations observations, int64_t levels)
      : packed_(module, *graph),
        keep_(keep),
        region_(graph, std::move(observations), levels),
        graph_(std::move(graph)) {}

  void run() {
    const std::vector<Node*> nodes(graph_->block()->nodes().begin(),
                                   graph_->block()->nodes().end());
    for (Node* node : nodes) {
      if (region_.is_written(node)) continue;
      if (const auto layer = weighted(node)) {
        if (!keep_.contains(layer_of(node))) quantize(*layer);
      } else {
        quantize_form(node, region_);
      }
    }
    region_.finish();
  }

  std::vector<Change> changes;

 private:
  void quantize(const Weighted& layer) {
    Value* end = layer.node->output();
    Node* relu = only_relu(end);
    if (relu != nullptr) end = relu->output();
    require_finite(layer, layer.input, "input");
    require_finite(layer, end, "output");
    const std::string before = std::string(layer.node->kind().toUnqualString()) + ", float32";
    const auto bytes = static_cast<int64_t>(layer.weight.nbytes());
    const auto leave = [&](const std::string& why) {
      changes.push_back({layer_of(layer.node), before, before + ": " + why, bytes, bytes});
    };
    const Observed* seen = region_.seen(layer.input);
    if (seen == nullptr || region_.seen(end) == nullptr) {
      leave("no float32 values were seen of it");
      return;
    }
    const auto rank = static_cast<int64_t>(layer.dims) + 2;
    if (seen->rank() < 2 || (layer.dims > 0 && seen->rank() != rank)) {
      leave("no quantised kernel for inputs without batches, or of several numbers of dimensions");
      return;
    }
    if (is_slow(layer, at::globalContext().qEngine())) {
      leave("no fast kernel for " + std::to_string(layer.groups) +
            " channels by themselves, which is no multiple of 8");
      return;
    }
    const at::Tensor weight = quantized_weight(layer, region_.scale(layer.input).scale);
    const Scale scale = region_.scale(end);
    const Kernel kernel = kernel_for(layer, relu != nullptr);
    c10::IValue packed;
    try {
      probe(layer.dims, kernel);
      packed = pack(layer, weight, kernel);
    } catch (const c10::Error& error) {
      const std::string why = error.what_without_backtrace();
      leave("no quantised kernel: " + why.substr(0, why.find('\n')));
      return;
    }
    const Quantized input = region_.get(layer.input);
    Value* weights = packed_.add(packed);
    Value* result = region_.insert(layer.node, kernel.name.c_str(),
                                   {input.value, weights, scale.scale, scale.zero_point});
    name_like(result->node(), layer.node);
    region_.replace(end, result, scale);
    changes.push_back({layer_of(layer.node), before,
                       std::string(result->node()->kind().toUnqualString()) + ", int8", bytes,
                       quantized_bytes(weight)});
  }

  void require_finite(const Weighted& layer, const Value* value, const char* which) const {
    if (!region_.is_finite(value)) {
      invalid_argument("the " + std::string(which) + " of layer '" + layer_of(layer.node) +
                       "' was infinite or NaN with the calibration data");
    }
  }

  struct Kernel {
    std::string name;
    std::string overload;
    std::string prepack;
  };

  static Kernel kernel_for(const Weighted& layer, bool has_relu) {
    const std::string relu = has_relu ? "_relu" : "";
    if (layer.dims == 0) return {"quantized::linear" + relu, "", "quantized::linear_prepack"};
    const std::string kind = "quantized::conv" + std::to_string(layer.dims) + "d";
    return {kind + relu, layer.dims == 1 ? "" : "new", kind + "_prepack"};
  }

  static c10::IValue pack(const Weighted& layer, const at::Tensor& weight, const Kernel& kernel) {
    const c10::IValue bias = layer.bias ? c10::IValue(layer.bias->detach()) : c10::IValue();
    if (layer.dims == 0) {
      const LinearEngineScope scope;
      return call_operator(kernel.prepack, {weight, bias});
    }
    return call_operator(kernel.prepack,
                         {weight, bias, layer.stride, layer.padding, layer.dilation, layer.groups});
  }

  // Whether a kernel is really there shows when it runs. Not with the layer's own weights: these
  // are prepared for the first shape that they meet, and slow for all others.
  void probe(size_t dims, const Kernel& kernel) {
    if (!probed_.insert(kernel.name).second) return;
    constexpr int64_t kSize = 8;
    std::vector<int64_t> sizes(dims + 2, 1);
    sizes[1] = kSize;
    const at::Tensor input = at::quantize_per_tensor(at::zeros(sizes), 1.0, 0, at::kQUInt8);
    sizes[0] = kSize;
    const std::vector<int64_t> ones(dims, 1);
    const Weighted small{
        nullptr, nullptr, at::zeros(sizes), {}, dims, ones, std::vector<int64_t>(dims, 0), ones};
    const c10::IValue packed = pack(small, quantized_weight(small, 1), kernel);
    try {
      call_operator(kernel.name, {input, packed, 1.0, static_cast<int64_t>(0)}, kernel.overload);
    } catch (const c10::Error&) {
      probed_.erase(kernel.name);
      throw;
    }
  }

  std::set<std::string> probed_;  // kernels that work
  PackedWeights packed_;
  const LayerNames& keep_;
  Region region_;
  std::shared_ptr<Graph> graph_;
};

// Callers get their results row-major.
void row_major(Graph& graph, Node* user) {
  for (size_t i = 0; i < user->inputs().size(); ++i) {
    Value* value = user->input(i);
    const auto kind = value->node()->kind();
    if (kind == c10::prim::TupleConstruct || kind == c10::prim::ListConstruct ||
        kind == c10::prim::DictConstruct) {
      row_major(graph, value->node());
    } else if (value->type()->kind() == c10::TypeKind::TensorType && kind != c10::prim::Param &&
               kind != c10::prim::Constant && kind != c10::aten::contiguous) {
      const torch::jit::WithInsertPoint here(user);
      user->replaceInput(i, graph.insert(c10::aten::contiguous, {value}));
    }
  }
}

Rewritten static_quantize(const Module& module, const torch::jit::Stack& arguments) {
  const at::QEngine engine = quantized_engine(arguments.at(0).toStringRef());
  Rewritten result{module, {}};
  std::shared_ptr<Graph> graph = result.module.get_method("forward").graph();
  const LayerNames keep(arguments.at(1), *graph);
  Observations observations = take_observations(result.module, *graph);
  constexpr int64_t kLevels = 255;
  constexpr int64_t kReducedLevels = 127;
  {
    const EngineScope scope(engine);
    StaticQuantize pass(result.module, graph, keep, std::move(observations),
                        needs_reduced_range(engine) ? kReducedLevels : kLevels);
    pass.run();
    result.changes = std::move(pass.changes);
  }
  row_major(*graph, graph->return_node());
  torch::jit::EliminateDeadCode(graph);
  graph->lint();
  return result;
}

}  // namespace

const Rewrite kStaticQuantize{"static_quantize(str engine, str[] keep) -> ()", static_quantize};

}  // namespace nx
