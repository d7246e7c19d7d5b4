#include "rewrite/channel_shapes.h"

#include <algorithm>
#include <limits>
#include <string_view>

#include "rewrite/frozen.h"

namespace nx {
namespace {

using torch::jit::Node;
using torch::jit::Value;

std::string_view kind_of(const Node& node) {
  return node.kind().is_aten() ? node.kind().toUnqualString() : "";
}

std::optional<int64_t> integer(const Value* value) {
  const auto constant = constant_value(value);
  if (!constant || !constant->isInt()) return {};
  return constant->toInt();
}

// A dimension that is not that of channels, from the end; none if it is, or is not known.
std::optional<int64_t> other_dim(const Value* value, const Channels& input) {
  const auto dim = integer(value);
  const auto at = dim ? from_end(*dim, input.rank) : std::nullopt;
  return at && *at != input.dim ? at : std::nullopt;
}

std::optional<Channels> flattened(const Channels& input) {
  // All after the second dimension, which is that of channels.
  if (input.rank < 2 || input.dim != 1 - input.rank) return {};
  Channels result = input;
  result.dim = -1;
  result.rank = 2;
  result.is_flattened = input.is_flattened || input.rank > 2;
  return result;
}

// (n, -1), n being whatever it is.
bool is_flat_shape(const Value* sizes) {
  const Node* list = sizes->node();
  if (list->kind() == c10::prim::ListConstruct)
    return list->inputs().size() == 2 && integer(list->input(1)) == -1;
  const auto constant = constant_value(sizes);
  return constant && constant->isIntList() && constant->toIntVector().size() == 2 &&
         constant->toIntVector()[1] == -1;
}

// The channels when a dimension is put in, or taken out, which counts from the end before that.
Channels with_dim(const Channels& input, int64_t at, int64_t change) {
  Channels result = input;
  if (at >= input.dim) result.dim -= change;
  if (result.rank != 0) result.rank += change;
  return result;
}

bool is_whole(const Node& slice) {
  const auto begin = constant_value(slice.input(2));
  const auto end = constant_value(slice.input(3));
  const bool from_begin = begin && (begin->isNone() || (begin->isInt() && begin->toInt() == 0));
  const bool to_end =
      end &&
      (end->isNone() || (end->isInt() && end->toInt() == std::numeric_limits<int64_t>::max()));
  return from_begin && to_end && integer(slice.input(4)) == 1;
}

}  // namespace

std::optional<int64_t> from_end(int64_t dim, int64_t rank) {
  if (dim < 0) return dim;
  return rank == 0 ? std::nullopt : std::optional(dim - rank);
}

std::optional<int64_t> spatial_dims(const Node& node) {
  const std::string_view kind = kind_of(node);
  if (kind == "constant_pad_nd" || kind == "pad") {
    const auto pads = constant_value(node.input(1));
    if (!pads || !pads->isIntList()) return {};
    return static_cast<int64_t>(pads->toIntVector().size() / 2);
  }
  if (kind.find("_pool") != std::string_view::npos || kind.substr(0, 9) == "upsample_" ||
      kind.find("_pad") != std::string_view::npos) {
    for (int64_t dims = 1; dims <= 3; ++dims) {
      if (kind.find(std::to_string(dims) + "d") != std::string_view::npos) return dims;
    }
  }
  return {};
}

std::optional<Channels> reduced_channels(const Node& node, const Channels& input) {
  if (node.inputs().size() < 3) return {};
  const auto dims = constant_value(node.input(1));
  const auto keeps = constant_value(node.input(2));
  if (!dims || !dims->isIntList() || !keeps || !keeps->isBool() || input.is_flattened) return {};
  std::vector<int64_t> reduced;
  for (const int64_t dim : dims->toIntVector()) {
    const auto at = from_end(dim, input.rank);
    if (!at || *at == input.dim) return {};
    reduced.push_back(*at);
  }
  if (reduced.empty()) return {};  // all
  Channels result = input;
  if (keeps->toBool()) return result;
  const auto after =
      std::count_if(reduced.begin(), reduced.end(), [&](int64_t dim) { return dim > input.dim; });
  result.dim += after;
  if (result.rank != 0) result.rank -= static_cast<int64_t>(reduced.size());
  return result;
}

std::optional<Channels> reshaped_channels(const Node& node, const Channels& input) {
  const std::string_view kind = kind_of(node);
  if (kind == "flatten") {
    const bool is_rest = integer(node.input(1)) == 1 &&
                         (integer(node.input(2)) == -1 || integer(node.input(2)) == input.rank - 1);
    return is_rest ? flattened(input) : std::nullopt;
  }
  if (kind == "view" || kind == "reshape") {
    return is_flat_shape(node.input(1)) ? flattened(input) : std::nullopt;
  }
  return {};
}

std::optional<Channels> moved_channels(const Node& node, const Channels& input) {
  const std::string_view kind = kind_of(node);
  Channels result = input;
  if (kind == "permute") {
    const auto dims = constant_value(node.input(1));
    if (!dims || !dims->isIntList()) return {};
    const std::vector<int64_t> order = dims->toIntVector();
    const auto rank = static_cast<int64_t>(order.size());
    for (int64_t i = 0; i < rank; ++i) {
      if (from_end(order[i], rank) == input.dim) result.dim = i - rank;
    }
    result.rank = rank;
    return result;
  }
  if (kind == "transpose") {
    const auto first = integer(node.input(1));
    const auto second = integer(node.input(2));
    const auto a = first ? from_end(*first, input.rank) : std::nullopt;
    const auto b = second ? from_end(*second, input.rank) : std::nullopt;
    if (!a || !b) return {};
    if (*a == input.dim) {
      result.dim = *b;
    } else if (*b == input.dim) {
      result.dim = *a;
    }
    return result;
  }
  if (kind == "unsqueeze") {
    const auto dim = integer(node.input(1));
    if (!dim || input.rank == 0) return {};
    return with_dim(input, *dim < 0 ? *dim : *dim - input.rank - 1, 1);
  }
  if (kind == "squeeze" && node.inputs().size() == 2) {
    const auto at = other_dim(node.input(1), input);
    // Whether the dimension goes depends on its size: known only after a mean or the like.
    const auto type = node.input(0)->type()->cast<c10::TensorType>();
    const auto sizes = type ? type->sizes().concrete_sizes() : std::nullopt;
    if (!at || !sizes || sizes->size() != static_cast<size_t>(input.rank)) return {};
    return (*sizes)[sizes->size() + *at] == 1 ? std::optional(with_dim(input, *at, -1)) : input;
  }
  if (kind == "slice" && node.inputs().size() == 5) {
    const bool is_fine = is_whole(node) || other_dim(node.input(1), input).has_value();
    return is_fine ? std::optional(result) : std::nullopt;
  }
  return {};
}

bool measures_others(const Node& node, const Channels& input) {
  const std::string_view kind = kind_of(node);
  if (kind == "size") {
    if (node.inputs().size() == 2) return other_dim(node.input(1), input).has_value();
    const auto& uses = node.output()->uses();
    return std::all_of(uses.begin(), uses.end(), [&](const torch::jit::Use& use) {
      return kind_of(*use.user) == "__getitem__" &&
             other_dim(use.user->input(1), input).has_value();
    });
  }
  return kind == "dim" || kind == "is_floating_point" || node.kind() == c10::prim::device ||
         node.kind() == c10::prim::dtype;
}

}  // namespace nx
