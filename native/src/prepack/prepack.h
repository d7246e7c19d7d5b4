// The form of a graph that computes with packed weights.
#pragma once

#include <torch/csrc/jit/ir/ir.h>

#include <memory>

namespace nx {

// A copy in which convolutions and linear layers with constant weights became nodes that hold them
// packed, and compute the addition and activation that follow along with them. It is to be run as
// it is: other passes of libtorch don't know these nodes. A failure where this libtorch has no
// operators for it.
std::shared_ptr<torch::jit::Graph> prepacked(torch::jit::Graph& graph);

}  // namespace nx
