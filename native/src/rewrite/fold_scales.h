// Multiplications that weights can do beforehand.
#pragma once

#include <torch/csrc/jit/ir/ir.h>

#include <memory>

namespace nx {

// Attention divides its scores by a constant. Where the queries come from a linear layer, its
// weights are divided instead, and the scores are left as the matrix product makes them. Rounding
// differs, but not where the constant is a power of two.
void fold_scales(std::shared_ptr<torch::jit::Graph>& graph);

}  // namespace nx
