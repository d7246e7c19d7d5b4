// libtorch's fused attention, taken apart where its linear layers are to be changed.
#pragma once

#include <torch/csrc/jit/ir/ir.h>

namespace nx {

// In evaluation mode, nn.MultiheadAttention is one operator with the weights of two linear layers,
// which it multiplies by no faster than those would be. Self-attention without a mask, whose
// weights of attention nobody wants, becomes linear, scaled_dot_product_attention, linear.
void expand_attention(torch::jit::Graph& graph);

}  // namespace nx
