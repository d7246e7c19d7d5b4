// Parts of a frozen model's code as modules of their own.
#pragma once

#include <torch/csrc/jit/api/module.h>

#include "split/cuts.h"

namespace nx {

// The nodes from one cut up to another as a module, with the constants and attributes that they
// need and no others. Its `forward` takes what is alive at the first cut and returns what is alive
// at the second: one value as it is, but for a tuple; else a tuple of them.
torch::jit::Module make_stage(const Cuts& cuts, size_t begin, size_t end);

// The bytes of the tensors that a stage has.
int64_t stage_bytes(const torch::jit::Module& stage);

}  // namespace nx
