#include "prepack/post_op.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "rewrite/frozen.h"

namespace nx {
namespace {

using torch::jit::Node;

// Those without settings.
constexpr std::array<std::pair<std::string_view, const char*>, 6> kPlain{{
    {"aten::relu", "relu"},
    {"aten::sigmoid", "sigmoid"},
    {"aten::tanh", "tanh"},
    {"aten::silu", "swish"},
    {"aten::hardswish", "hardswish"},
    {"aten::hardsigmoid", "hardsigmoid"},
}};

std::optional<at::Scalar> number(Node* node, size_t input) {
  const auto value = constant_value(node->input(input));
  if (!value || !value->isScalar()) return {};
  return value->toScalar();
}

std::optional<PostOp> clip(const std::optional<at::Scalar>& low,
                           const std::optional<at::Scalar>& high) {
  if (!low || !high) return {};
  return PostOp{"hardtanh", PostOp::Scalars({low, high}), ""};
}

}  // namespace

std::optional<PostOp> post_op(Node* node) {
  const std::string kind = node->kind().toQualString();
  const auto* const plain = std::find_if(kPlain.begin(), kPlain.end(),
                                         [&](const auto& known) { return known.first == kind; });
  if (plain != kPlain.end()) return PostOp{plain->second, PostOp::Scalars(), ""};
  if (kind == "aten::relu6") return clip(0, 6);
  if (kind == "aten::hardtanh" || kind == "aten::clamp")
    return clip(number(node, 1), number(node, 2));
  if (kind == "aten::leaky_relu") {
    const auto slope = number(node, 1);
    if (!slope) return {};
    return PostOp{"leaky_relu", PostOp::Scalars({slope}), ""};
  }
  if (kind == "aten::gelu") {
    const auto algorithm = constant_value(node->input(1));
    if (!algorithm || !algorithm->isString()) return {};
    return PostOp{"gelu", PostOp::Scalars(), algorithm->toStringRef()};
  }
  return {};
}

}  // namespace nx
