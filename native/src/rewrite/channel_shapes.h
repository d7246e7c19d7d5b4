// What operators that only change shapes do to the dimension of channels.
#pragma once

#include <torch/csrc/jit/ir/ir.h>

#include <optional>

#include "rewrite/channels.h"

namespace nx {

// A dimension counted from the end; none if that takes a rank that is not known.
std::optional<int64_t> from_end(int64_t dim, int64_t rank);

// How many dimensions at the end an operator of pooling, padding or scaling works along; none if it
// is another one.
std::optional<int64_t> spatial_dims(const torch::jit::Node& node);

// The channels of the results of these operators on a value with channels; none if the operator is
// another one, or mixes channels.
std::optional<Channels> reduced_channels(const torch::jit::Node& node, const Channels& input);
std::optional<Channels> reshaped_channels(const torch::jit::Node& node, const Channels& input);
std::optional<Channels> moved_channels(const torch::jit::Node& node, const Channels& input);

// Whether an operator tells sizes that are not those of channels, or dtypes and devices.
bool measures_others(const torch::jit::Node& node, const Channels& input);

}  // namespace nx
