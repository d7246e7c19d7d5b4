#include "rewrite/quantized_forms.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "rewrite/frozen.h"
#include "rewrite/quantized.h"
#include "rewrite/weighted.h"

namespace nx {
namespace {

using torch::jit::Node;
using torch::jit::Value;

// What brings forth a value: itself, or the relu that is computed with it.
struct Tail {
  Value* value;
  bool has_relu;
};

Tail tail(Node* node) {
  Node* relu = only_relu(node->output());
  return relu == nullptr ? Tail{node->output(), false} : Tail{relu->output(), true};
}

// The same operator, on integers.
Node* on_integers(Node* node, Region& region) {
  const auto integers = [&](Value* value) {
    const auto found = region.find(value);
    return found ? found->value : value;
  };
  Node* copy = region.graph().createClone(node, integers);
  copy->insertBefore(node);
  for (Value* output : copy->outputs()) {
    if (is_tensor(output)) output->setType(c10::TensorType::get());
  }
  return copy;
}

// Moves elements or chooses among them: the scale stays.
void same_scale(Node* node, Region& region) {
  const auto input = region.find(node->input(0));
  const auto tensors = std::count_if(node->inputs().begin(), node->inputs().end(), is_tensor);
  if (!input || tensors != 1) return;
  region.replace(node->output(), on_integers(node, region)->output(), input->scale);
}

// Some engines want both ends.
void clamp(Node* node, Region& region) {
  if (!node->input(1)->mustBeNone() && !node->input(2)->mustBeNone()) same_scale(node, region);
}

// The average of all places of each channel; the kernel for other means computes in float.
void mean(Node* node, Region& region) {
  const auto input = region.find(node->input(0));
  const Observed* seen = region.seen(node->input(0));
  const auto dims = constant_value(node->input(1));
  if (!input || seen == nullptr || seen->rank() != 4 || !dims || !dims->isIntList()) return;
  const auto keeps = constant_value(node->input(2));
  const std::vector<int64_t> list = dims->toIntVector();
  const bool is_spatial = list == std::vector<int64_t>{2, 3} ||
                          list == std::vector<int64_t>{-2, -1} ||
                          list == std::vector<int64_t>{-1, -2};
  if (!is_spatial || !keeps || !node->input(3)->mustBeNone()) return;
  Value* pooled =
      region.insert(node, "aten::adaptive_avg_pool2d", {input->value, std::vector<int64_t>{1, 1}});
  if (!keeps->toBool()) pooled = region.insert(node, "aten::flatten", {pooled, 1});
  region.replace(node->output(), pooled, input->scale);
}

void unchanged(Node* node, Region& region) {
  const auto input = region.find(node->input(0));
  const auto training = constant_value(node->input(2));
  if (input && training && !training->toBool())
    region.replace(node->output(), input->value, input->scale);
}

// A number that does not depend on the elements.
void size(Node* node, Region& region) {
  if (!region.find(node->input(0))) return;
  node->output()->replaceAllUsesWith(on_integers(node, region)->output());
}

void with_scale(Node* node, Region& region, const char* kind) {
  const auto input = region.find(node->input(0));
  if (!input || region.seen(node->output()) == nullptr || !has_operator(kind)) return;
  const Scale scale = region.scale(node->output());
  region.replace(node->output(),
                 region.insert(node, kind, {input->value, scale.scale, scale.zero_point}), scale);
}

void hardswish(Node* node, Region& region) { with_scale(node, region, "quantized::hardswish"); }

// What lies between 0 and 1 has this scale in all of libtorch's kernels.
constexpr Scale kUnit{1.0 / 256, 0};

void sigmoid(Node* node, Region& region) {
  const auto input = region.find(node->input(0));
  if (!input || !has_operator("quantized::sigmoid")) return;
  Value* result =
      region.insert(node, "quantized::sigmoid", {input->value, kUnit.scale, kUnit.zero_point});
  region.replace(node->output(), result, kUnit);
}

void hardsigmoid(Node* node, Region& region) {
  if (!region.find(node->input(0))) return;
  region.replace(node->output(), on_integers(node, region)->output(), kUnit);
}

void leaky_relu(Node* node, Region& region) {
  const auto input = region.find(node->input(0));
  if (!input || region.seen(node->output()) == nullptr || !has_operator("quantized::leaky_relu"))
    return;
  const Scale scale = region.scale(node->output());
  Value* result =
      region.insert(node, "quantized::leaky_relu",
                    {input->value, node->input(1), false, scale.scale, scale.zero_point});
  region.replace(node->output(), result, scale);
}

void binary(Node* node, Region& region, const std::string& kind) {
  const auto a = region.find(node->input(0));
  const auto b = region.find(node->input(1));
  const Tail end = tail(node);
  if (!a || !b || region.seen(end.value) == nullptr) return;
  const Scale scale = region.scale(end.value);
  const std::string full = "quantized::" + kind + (end.has_relu ? "_relu" : "");
  if (!has_operator(full)) return;
  Value* result =
      region.insert(node, full.c_str(), {a->value, b->value, scale.scale, scale.zero_point});
  region.replace(end.value, result, scale);
}

void add(Node* node, Region& region) {
  if (node->inputs().size() != 3) return;  // of lists, or numbers
  const auto alpha = constant_value(node->input(2));
  if (alpha && alpha->isScalar() && alpha->toScalar().toDouble() == 1) binary(node, region, "add");
}

void mul(Node* node, Region& region) { binary(node, region, "mul"); }

void cat(Node* node, Region& region) {
  Node* list = node->input(0)->node();
  if (list->kind() != c10::prim::ListConstruct) return;
  std::vector<Value*> items;
  for (Value* item : list->inputs()) {
    const auto found = region.find(item);
    if (!found) return;
    items.push_back(found->value);
  }
  const Tail end = tail(node);
  const char* kind = end.has_relu ? "quantized::cat_relu" : "quantized::cat";
  if (region.seen(end.value) == nullptr || !has_operator(kind)) return;
  const Scale scale = region.scale(end.value);
  torch::jit::Graph& graph = region.graph();
  Node* joined = graph.createList(c10::TensorType::get(), items)->insertBefore(node);
  Value* result =
      region.insert(node, kind, {joined->output(), node->input(1), scale.scale, scale.zero_point});
  region.replace(end.value, result, scale);
}

// Normalisation that could not be folded into a convolution.
void batch_norm(Node* node, Region& region) {
  const auto input = region.find(node->input(0));
  const Observed* seen = region.seen(node->input(0));
  const auto training = constant_value(node->namedInput("training"));
  const Tail end = tail(node);
  if (!input || seen == nullptr || seen->rank() != 4 || region.seen(end.value) == nullptr) return;
  if (!training || training->toBool()) return;
  for (size_t i = 1; i < 5; ++i) {
    if (!constant_tensor(node->input(i))) return;
  }
  const char* kind = end.has_relu ? "quantized::batch_norm2d_relu" : "quantized::batch_norm2d";
  if (!has_operator(kind)) return;
  const Scale scale = region.scale(end.value);
  Value* result =
      region.insert(node, kind,
                    {input->value, node->input(1), node->input(2), node->input(3), node->input(4),
                     node->namedInput("eps"), scale.scale, scale.zero_point});
  region.replace(end.value, result, scale);
}

// Computed in float, but what takes it may go on with integers.
void in_float(Node* node, Region& region) {
  if (region.find(node->input(0)) && region.seen(node->output()) != nullptr)
    region.get(node->output());
}

// Lists of pieces.
void pieces(Node* node, Region& region) {
  const auto input = region.find(node->input(0));
  if (!input) return;
  Node* unpack = nullptr;
  for (const torch::jit::Use& use : node->output()->uses()) unpack = use.user;
  if (node->output()->uses().size() != 1 || unpack->kind() != c10::prim::ListUnpack) return;
  Node* list = on_integers(node, region);
  Node* copy = region.graph().createListUnpack(list->output(), unpack->outputs().size());
  copy->insertAfter(list);
  for (size_t i = 0; i < unpack->outputs().size(); ++i)
    region.replace(unpack->output(i), copy->output(i), input->scale);
}

void constant_chunk(Node* node, Region& region) {
  const auto input = region.find(node->input(0));
  if (!input) return;
  Node* copy = on_integers(node, region);
  for (size_t i = 0; i < node->outputs().size(); ++i)
    region.replace(node->output(i), copy->output(i), input->scale);
}

using Form = void (*)(Node*, Region&);

const std::unordered_map<std::string_view, Form>& forms() {
  static const std::unordered_map<std::string_view, Form> kForms{
      {"aten::relu", same_scale},
      {"aten::relu6", same_scale},
      {"aten::hardtanh", same_scale},
      {"aten::clamp", clamp},
      {"aten::max_pool2d", same_scale},
      {"aten::avg_pool2d", same_scale},
      {"aten::adaptive_avg_pool2d", same_scale},
      {"aten::upsample_nearest2d", same_scale},
      {"aten::upsample_bilinear2d", same_scale},
      {"aten::flatten", same_scale},
      {"aten::reshape", same_scale},
      {"aten::permute", same_scale},
      {"aten::transpose", same_scale},
      {"aten::contiguous", same_scale},
      {"aten::squeeze", same_scale},
      {"aten::unsqueeze", same_scale},
      {"aten::slice", same_scale},
      {"aten::select", same_scale},
      {"aten::narrow", same_scale},
      {"aten::dropout", unchanged},
      {"aten::feature_dropout", unchanged},
      {"aten::mean", mean},
      {"aten::size", size},
      {"aten::dim", size},
      {"aten::hardswish", hardswish},
      {"aten::hardsigmoid", hardsigmoid},
      {"aten::sigmoid", sigmoid},
      {"aten::leaky_relu", leaky_relu},
      {"aten::add", add},
      {"aten::mul", mul},
      {"aten::cat", cat},
      {"aten::batch_norm", batch_norm},
      {"aten::silu", in_float},
      {"aten::gelu", in_float},
      {"aten::elu", in_float},
      {"aten::mish", in_float},
      {"aten::chunk", pieces},
      {"aten::split", pieces},
      {"aten::split_with_sizes", pieces},
      {"prim::ConstantChunk", constant_chunk},
  };
  return kForms;
}

Form form_of(const Node* node) {
  const auto found = forms().find(node->kind().toQualString());
  return found == forms().end() ? nullptr : found->second;
}

}  // namespace

bool has_own_scale(const Node* node) {
  const Form form = form_of(node);
  return form == hardswish || form == leaky_relu || form == add || form == mul || form == cat ||
         form == batch_norm || form == in_float;
}

bool needs_rank(const Node* node) {
  const Form form = form_of(node);
  return form == mean || form == batch_norm;
}

void quantize_form(Node* node, Region& region) {
  const Form form = form_of(node);
  if (form != nullptr && !region.find(node->outputs().empty() ? nullptr : node->output(0)))
    form(node, region);
}

}  // namespace nx
