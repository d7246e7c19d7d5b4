#include "prepack/bound_operator.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/runtime/operator.h>

#include <algorithm>

#include "rewrite/frozen.h"

namespace nx {

using torch::jit::Node;
using torch::jit::Value;

std::optional<BoundOperator> BoundOperator::of(Node* node, at::ArrayRef<const Value*> given) {
  torch::jit::Stack arguments;
  std::vector<Place> places;
  for (const Value* input : node->inputs()) {
    const auto* const found = std::find(given.begin(), given.end(), input);
    if (found != given.end()) {
      places.push_back({arguments.size(), static_cast<size_t>(found - given.begin())});
      arguments.emplace_back();
    } else if (auto constant = torch::jit::toIValue(input)) {
      arguments.push_back(std::move(*constant));
    } else if (auto numbers = constant_value(input)) {
      arguments.push_back(std::move(*numbers));
    } else {
      return {};
    }
  }
  return BoundOperator(node->getOperation(), std::move(arguments), std::move(places));
}

BoundOperator::BoundOperator(const char* name, const char* overload, torch::jit::Stack arguments,
                             std::vector<size_t> places)
    : call_([op = c10::Dispatcher::singleton().findSchemaOrThrow(name, overload)](
                torch::jit::Stack& stack) { op.callBoxed(stack); }),
      arguments_(std::move(arguments)) {
  for (size_t i = 0; i < places.size(); ++i) places_.push_back({places[i], i});
}

at::Tensor BoundOperator::run(at::ArrayRef<at::Tensor> given) const {
  torch::jit::Stack stack = arguments_;
  for (const Place& place : places_) stack[place.argument] = given[place.given];
  call_(stack);
  return std::move(stack.back()).toTensor();
}

bool has_packed_operators() {
  auto& dispatcher = c10::Dispatcher::singleton();
  const std::initializer_list<c10::OperatorName> needed{
      {"mkldnn::_linear_pointwise", ""},        {"mkldnn::_linear_pointwise", "binary"},
      {"mkldnn::_convolution_pointwise", ""},   {"mkldnn::_convolution_pointwise", "binary"},
      {"mkldnn::_reorder_linear_weight", ""},   {"mkldnn::_reorder_convolution_weight", ""},
      {"mkldnn::_get_mkldnn_serialized_md", ""}};
  return std::all_of(needed.begin(), needed.end(), [&](const c10::OperatorName& name) {
    return dispatcher.findSchema(name).has_value();
  });
}

bool is_packable(at::ScalarType type) {
  if (type == at::kFloat) return true;
  if (type != at::kBFloat16 && type != at::kHalf) return false;
  const bool is_bfloat16 = type == at::kBFloat16;
  const auto question = c10::Dispatcher::singleton().findSchema(
      {is_bfloat16 ? "mkldnn::_is_mkldnn_bf16_supported" : "mkldnn::_is_mkldnn_fp16_supported",
       ""});
  if (!question) return false;
  torch::jit::Stack stack;
  question->callBoxed(stack);
  return stack.back().toBool();
}

}  // namespace nx
