// Operators without weights, with integers.
#pragma once

#include "rewrite/region.h"

namespace nx {

// Whether what the operator makes gets a scale of its own, and so has to be observed.
bool has_own_scale(const torch::jit::Node* node);

// Whether the operator's input has to be observed.
bool needs_rank(const torch::jit::Node* node);

// Computes the operator with integers if all that it takes is there as integers, and if there is a
// kernel that does it.
void quantize_form(torch::jit::Node* node, Region& region);

}  // namespace nx
