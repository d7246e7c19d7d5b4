#include "flops.h"

#include <algorithm>
#include <array>
#include <functional>
#include <numeric>
#include <optional>

namespace nx {
namespace {

using Sizes = std::vector<int64_t>;

int64_t product(Sizes::const_iterator begin, Sizes::const_iterator end) {
  return std::accumulate(begin, end, int64_t{1}, std::multiplies<>());
}

int64_t product(const Sizes& sizes) { return product(sizes.begin(), sizes.end()); }

// Where a convolution's arguments stand. -1: it has none such.
struct Positions {
  size_t stride;
  size_t padding;
  size_t dilation;
  int transposed;
};

std::optional<Positions> positions(std::string_view name) {
  if (name == "aten::_convolution" || name == "aten::convolution") return Positions{3, 4, 5, 6};
  constexpr std::array<std::string_view, 3> kPlain{"aten::conv1d", "aten::conv2d", "aten::conv3d"};
  if (std::find(kPlain.begin(), kPlain.end(), name) != kPlain.end()) return Positions{3, 4, 5, -1};
  return {};
}

// An argument for each spatial dimension, or one for all.
std::optional<int64_t> at_dim(c10::ArrayRef<c10::IValue> values, size_t position, size_t dim) {
  if (position >= values.size()) return {};
  const c10::IValue& value = values[position];
  if (value.isInt()) return value.toInt();
  if (!value.isIntList()) return {};
  const Sizes list = value.toIntVector();
  if (list.empty()) return {};
  return list.size() == 1 ? list[0] : dim < list.size() ? std::optional(list[dim]) : std::nullopt;
}

// Whether sizes are those of a batch or of one element of it is told by how many they are.
int64_t batch_of(const Sizes& input, const Sizes& weight) {
  return input.size() == weight.size() ? input[0] : 1;
}

bool fit(const Sizes& input, const Sizes& weight) {
  return weight.size() >= 3 && input.size() + 1 >= weight.size();
}

// Each place of the input meets the whole kernel.
int64_t transposed(const Sizes& input, const Sizes& weight) {
  if (!fit(input, weight)) return 0;
  const auto space = input.end() - static_cast<std::ptrdiff_t>(weight.size() - 2);
  return 2 * batch_of(input, weight) * product(space, input.end()) * product(weight);
}

int64_t convolution(const Positions& at, const Sizes& input, const Sizes& weight,
                    c10::ArrayRef<c10::IValue> values) {
  if (!fit(input, weight)) return 0;
  const int64_t kernel = product(weight);  // channels in and out of a group, and what it covers
  const size_t spatial = weight.size() - 2;
  const auto space = input.end() - static_cast<std::ptrdiff_t>(spatial);
  if (at.transposed >= 0) {
    const auto position = static_cast<size_t>(at.transposed);
    if (position >= values.size() || !values[position].isBool()) return 0;
    if (values[position].toBool()) return transposed(input, weight);
  }
  int64_t places = 1;
  for (size_t dim = 0; dim < spatial; ++dim) {
    const auto stride = at_dim(values, at.stride, dim);
    const auto dilation = at_dim(values, at.dilation, dim);
    if (!stride || !dilation || *stride < 1 || at.padding >= values.size()) return 0;
    const int64_t covers = *dilation * (weight[2 + dim] - 1) + 1;
    const int64_t size = space[static_cast<std::ptrdiff_t>(dim)];
    if (values[at.padding].isString()) {
      const bool keeps_size = values[at.padding].toStringView() == "same";
      places *= keeps_size ? size : (size - covers) / *stride + 1;
    } else {
      const auto padding = at_dim(values, at.padding, dim);
      if (!padding) return 0;
      places *= (size + 2 * *padding - covers) / *stride + 1;
    }
  }
  return 2 * batch_of(input, weight) * kernel * std::max<int64_t>(places, 0);
}

// a x b over the last two dimensions, those before them broadcast.
int64_t matrix_product(const Sizes& a, const Sizes& b) {
  if (a.empty() || b.empty()) return 0;
  const int64_t rows = a.size() < 2 ? 1 : a[a.size() - 2];
  const int64_t columns = b.size() < 2 ? 1 : b.back();
  const auto batch = [](const Sizes& sizes) {
    return sizes.size() < 3 ? 1 : product(sizes.begin(), sizes.end() - 2);
  };
  return 2 * std::max(batch(a), batch(b)) * rows * a.back() * columns;
}

// Two products: of queries with keys, and of the weights with the values.
int64_t attention(const Sizes& query, const Sizes& key, const Sizes& value) {
  if (query.size() < 2 || key.size() < 2 || value.empty()) return 0;
  return 2 * product(query.begin(), query.end() - 1) * key[key.size() - 2] *
         (query.back() + value.back());
}

}  // namespace

int64_t flops_of(std::string_view name, const std::vector<Sizes>& sizes,
                 c10::ArrayRef<c10::IValue> values) {
  if (sizes.size() < 2) return 0;
  if (name.rfind("aten::conv_transpose", 0) == 0) return transposed(sizes[0], sizes[1]);
  if (const auto at = positions(name)) return convolution(*at, sizes[0], sizes[1], values);
  if (name == "aten::linear") {
    return sizes[1].empty() ? 0 : 2 * product(sizes[0]) * sizes[1].front();
  }
  if (name == "aten::matmul" || name == "aten::mm" || name == "aten::bmm" || name == "aten::mv" ||
      name == "aten::dot")
    return matrix_product(sizes[0], sizes[1]);
  if (sizes.size() < 3) return 0;
  if (name == "aten::addmm" || name == "aten::baddbmm" || name == "aten::addmv")
    return matrix_product(sizes[1], sizes[2]);
  constexpr std::string_view kAttention = "aten::scaled_dot_product_attention";
  return name == kAttention ? attention(sizes[0], sizes[1], sizes[2]) : 0;
}

}  // namespace nx
