#include "rewrite/channel_flow.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "nodes.h"
#include "rewrite/channel_shapes.h"
#include "rewrite/frozen.h"

namespace nx {
namespace {

using torch::jit::Block;
using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Value;

// Changes each number by itself, whatever it is.
constexpr std::array<std::string_view, 35> kEach{"relu",        "relu6",    "leaky_relu",
                                                 "elu",         "selu",     "celu",
                                                 "gelu",        "silu",     "mish",
                                                 "hardswish",   "hardtanh", "hardsigmoid",
                                                 "sigmoid",     "tanh",     "softplus",
                                                 "log_sigmoid", "clamp",    "clamp_min",
                                                 "clamp_max",   "dropout",  "feature_dropout",
                                                 "contiguous",  "clone",    "detach",
                                                 "to",          "neg",      "abs",
                                                 "exp",         "sqrt",     "rsqrt",
                                                 "square",      "erf",      "sin",
                                                 "cos",         "alias"};

constexpr std::array<std::string_view, 8> kBoth{"add", "sub",     "mul",     "div",
                                                "pow", "maximum", "minimum", "rsub"};

constexpr std::array<std::string_view, 9> kConvolutions{
    "conv1d",           "conv2d",           "conv3d",           "_convolution",  "convolution",
    "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "conv_transpose"};

constexpr const char* kReturned = "the model returns them";

std::string_view kind_of(const Node* node) {
  return node->kind().is_aten() ? node->kind().toUnqualString() : "";
}

}  // namespace

ChannelFlow::ChannelFlow(Graph& graph) {
  for (Node* node : graph.nodes()) visit(node);
  fix_inputs(graph.return_node(), kReturned);
}

const Channels* ChannelFlow::channels(const Value* value) const {
  const auto found = values_.find(value);
  return found == values_.end() ? nullptr : &found->second;
}

void ChannelFlow::fix_inputs(const Node* node, const std::string& reason) {
  for (const Value* input : node->inputs()) {
    if (const Channels* known = channels(input)) spaces.fix(known->segments, reason);
    if (input->node()->kind() == c10::prim::ListConstruct) fix_inputs(input->node(), reason);
  }
}

void ChannelFlow::fix_inside(Block* block) {
  for (Node* node : block->nodes()) {
    fix_inputs(node, "they are used in a branch");
    for (Block* inner : node->blocks()) fix_inside(inner);
  }
  fix_inputs(block->return_node(), "they are used in a branch");
}

void ChannelFlow::visit(Node* node) {
  if (node->kind() == c10::prim::Constant || node->kind() == c10::prim::ListConstruct) return;
  for (Block* inner : node->blocks()) fix_inside(inner);
  const std::string_view kind = kind_of(node);
  const bool is_done = is_among(kConvolutions, kind)
                           ? convolve(node)
                           : multiply(node) || normalize(node) ||
                                 (is_among(kBoth, kind) && combine(node)) || join(node) ||
                                 pool(node) || reduce(node) || reshape(node) || move(node) ||
                                 measure(node);
  if (is_done) return;
  if (is_among(kEach, kind) && channels(node->input(0)) != nullptr) {
    pass(node, Channels(*channels(node->input(0))));
    for (size_t i = 1; i < node->inputs().size(); ++i) {
      if (const Channels* other = channels(node->input(i)))
        spaces.fix(other->segments, "they decide about others");
    }
    return;
  }
  const bool is_answer =
      node->kind() == c10::prim::TupleConstruct || node->kind() == c10::prim::DictConstruct;
  fix_inputs(node, is_answer ? kReturned
                             : std::string("they go through ") + node->kind().toUnqualString());
}

bool ChannelFlow::cut(Node* node, size_t input, int64_t axis, const Channels& channels,
                      Cut::Role role) {
  const auto constant = constant_tensor(node->input(input));
  if (!constant || axis >= constant->dim()) return false;
  const int64_t size = constant->size(axis);
  const int64_t width = channels.width();
  if (size % width != 0 || (size != width && !channels.is_flattened)) return false;
  cuts.push_back({node, input, axis, channels.segments, size / width, role});
  return true;
}

bool ChannelFlow::cut_optional(Node* node, size_t input, const Channels& channels, Cut::Role role) {
  return node->input(input)->mustBeNone() || cut(node, input, 0, channels, role);
}

Channels ChannelFlow::make(const at::Tensor& weight, int64_t axis, int64_t dim, int64_t rank) {
  std::vector<Segment>& known = by_weight_[{weight.const_data_ptr(), axis}];
  if (known.empty()) known.push_back({spaces.add(weight.size(axis)), weight.size(axis)});
  return {dim, rank, known};
}

void ChannelFlow::take(const at::Tensor& weight, int64_t axis, const Channels& channels) {
  const auto [known, is_new] =
      by_weight_.emplace(std::pair(weight.const_data_ptr(), axis), channels.segments);
  if (!is_new) spaces.unite(known->second, channels.segments);
}

bool ChannelFlow::convolve(Node* node) {
  const auto weight = constant_tensor(node->namedInput("weight"));
  const auto groups = constant_value(node->namedInput("groups"));
  const auto flag =
      node->hasNamedInput("transposed")
          ? constant_value(node->namedInput("transposed"))
          : std::optional<c10::IValue>(kind_of(node).find("transpose") != std::string_view::npos);
  if (!weight || !groups || !flag || weight->dim() < 3) return false;
  const bool is_transposed = flag->toBool();
  const int64_t dim = 1 - weight->dim();
  const Channels* input = channels(node->namedInput("input"));
  const int64_t in = is_transposed ? weight->size(0) : weight->size(1) * groups->toInt();
  if (input != nullptr && (input->dim != dim || input->is_flattened || input->width() != in))
    return false;
  if (groups->toInt() != 1) {
    const bool is_depthwise = !is_transposed && groups->toInt() == in && weight->size(0) == in;
    if (!is_depthwise || input == nullptr || input->segments.size() != 1) {
      if (input != nullptr) spaces.fix(input->segments, "a convolution has them in groups");
      return true;
    }
    const Channels channels = *input;
    const bool is_cut = cut(node, 1, 0, channels, Cut::Role::kPasses) &&
                        cut_optional(node, 2, channels, Cut::Role::kPasses);
    if (!is_cut) return false;
    depthwise.push_back({node, channels.segments.front().space});
    pass(node, channels);
    return true;
  }
  const int64_t axis = is_transposed ? 1 : 0;
  if (input != nullptr) {
    take(*weight, 1 - axis, *input);
    cut(node, 1, 1 - axis, *input, Cut::Role::kTakes);
  }
  const Channels made = make(*weight, axis, dim, weight->dim());
  pass(node, made);
  cut(node, 1, axis, made, Cut::Role::kMakes);
  if (!cut_optional(node, 2, made, Cut::Role::kPasses))
    spaces.fix(made.segments, "their bias is computed");
  return true;
}

bool ChannelFlow::multiply(Node* node) {
  const std::string_view kind = kind_of(node);
  const bool adds = kind == "addmm";
  const bool is_linear = kind == "linear";
  if (!adds && !is_linear && kind != "matmul" && kind != "mm") return false;
  const size_t at = adds ? 2 : 1;
  const auto weight = constant_tensor(node->input(at));
  if (!weight || weight->dim() != 2) return false;
  const int64_t axis = is_linear ? 0 : 1;
  const Channels* input = channels(node->input(at - 1));
  if (input != nullptr) {
    const bool fits = input->dim == -1 && weight->size(1 - axis) % input->width() == 0 &&
                      (input->is_flattened || weight->size(1 - axis) == input->width());
    if (!fits) return false;
    take(*weight, 1 - axis, *input);
    cut(node, at, 1 - axis, *input, Cut::Role::kTakes);
  }
  const Channels made = make(*weight, axis, -1, input == nullptr ? 0 : input->rank);
  pass(node, made);
  cut(node, at, axis, made, Cut::Role::kMakes);
  const bool is_biased = is_linear ? cut_optional(node, 2, made, Cut::Role::kPasses)
                         : adds    ? is_one(node->input(3)) && is_one(node->input(4)) &&
                                         cut(node, 0, 0, made, Cut::Role::kPasses)
                                   : true;
  if (!is_biased) spaces.fix(made.segments, "their bias is computed");
  return true;
}

// With statistics of their own, or weights, for each channel.
bool ChannelFlow::normalize(Node* node) {
  const bool is_norm = kind_of(node) == "batch_norm";
  if (!is_norm && kind_of(node) != "prelu") return false;
  const Channels* input = channels(node->input(0));
  if (input == nullptr) return true;
  const Channels passed = *input;
  // The second dimension is theirs, whatever comes after it.
  if (passed.rank == 0 || passed.dim != 1 - passed.rank) return false;
  if (is_norm) {
    for (const size_t i : {1, 2, 3, 4}) {
      if (!cut_optional(node, i, passed, Cut::Role::kPasses)) return false;
    }
  } else {
    const auto slopes = constant_tensor(node->input(1));
    const bool is_single = slopes && slopes->numel() == 1;
    if (!is_single && !cut(node, 1, 0, passed, Cut::Role::kPasses)) return false;
  }
  pass(node, passed);
  return true;
}

// Two operands: both with channels, or one with them and a number or a constant.
bool ChannelFlow::combine(Node* node) {
  const Channels* a = channels(node->input(0));
  const Channels* b = channels(node->input(1));
  if (a == nullptr && b == nullptr) return true;
  if (a != nullptr && b != nullptr) {
    if (a->dim != b->dim || a->is_flattened != b->is_flattened) return false;
    const bool fit = a->width() == b->width();
    if (fit) {
      spaces.unite(a->segments, b->segments);
    } else if (a->width() != 1 && b->width() != 1) {
      return false;
    } else {
      spaces.fix((a->width() == 1 ? a : b)->segments, "it is the same one for all channels");
    }
    Channels passed = *(a->width() == 1 ? b : a);
    passed.rank = a->rank == 0 || b->rank == 0 ? 0 : std::max(a->rank, b->rank);
    pass(node, passed);
    return true;
  }
  Channels passed = a != nullptr ? *a : *b;
  const size_t other = a != nullptr ? 1 : 0;
  if (is_tensor(node->input(other))) {
    const auto constant = constant_tensor(node->input(other));
    if (!constant) return false;
    const int64_t axis = constant->dim() + passed.dim;
    const bool is_same_for_all = axis < 0 || constant->size(axis) == 1;
    if (!is_same_for_all && !cut(node, other, axis, passed, Cut::Role::kPasses)) return false;
    if (passed.rank != 0) passed.rank = std::max(passed.rank, constant->dim());
  }
  pass(node, passed);
  return true;
}

bool ChannelFlow::join(Node* node) {
  if (kind_of(node) != "cat") return false;
  const auto dim = constant_value(node->input(1));
  const Node* list = node->input(0)->node();
  if (!dim || list->kind() != c10::prim::ListConstruct || list->inputs().empty()) return false;
  std::vector<Channels> parts;
  for (const Value* input : list->inputs()) {
    const Channels* part = channels(input);
    if (part == nullptr || part->is_flattened ||
        (!parts.empty() && (part->dim != parts[0].dim || part->rank != parts[0].rank)))
      return false;
    parts.push_back(*part);
  }
  Channels joined = parts.front();
  const auto at = from_end(dim->toInt(), joined.rank);
  if (!at) return false;
  for (size_t i = 1; i < parts.size(); ++i) {
    if (*at == joined.dim) {
      joined.segments.insert(joined.segments.end(), parts[i].segments.begin(),
                             parts[i].segments.end());
    } else {
      spaces.unite(joined.segments, parts[i].segments);
    }
  }
  pass(node, joined);
  return true;
}

bool ChannelFlow::pool(Node* node) {
  const auto spatial = spatial_dims(*node);
  const Channels* input = node->inputs().empty() ? nullptr : channels(node->input(0));
  if (!spatial || input == nullptr || -input->dim <= *spatial || node->outputs().size() != 1)
    return false;
  pass(node, Channels(*input));
  return true;
}

bool ChannelFlow::reduce(Node* node) {
  const std::string_view kind = kind_of(node);
  const bool is_one_of = kind == "mean" || kind == "sum" || kind == "amax" || kind == "amin";
  const Channels* input = is_one_of ? channels(node->input(0)) : nullptr;
  const auto reduced = input == nullptr ? std::nullopt : reduced_channels(*node, *input);
  if (reduced) pass(node, *reduced);
  return reduced.has_value();
}

bool ChannelFlow::reshape(Node* node) {
  const Channels* input = node->inputs().empty() ? nullptr : channels(node->input(0));
  const auto reshaped = input == nullptr ? std::nullopt : reshaped_channels(*node, *input);
  if (reshaped) pass(node, *reshaped);
  return reshaped.has_value();
}

bool ChannelFlow::move(Node* node) {
  const Channels* input = node->inputs().empty() ? nullptr : channels(node->input(0));
  const auto moved = input == nullptr ? std::nullopt : moved_channels(*node, *input);
  if (moved) pass(node, *moved);
  return moved.has_value();
}

bool ChannelFlow::measure(Node* node) {
  const Channels* input = node->inputs().empty() ? nullptr : channels(node->input(0));
  return input != nullptr && measures_others(*node, *input);
}

}  // namespace nx
