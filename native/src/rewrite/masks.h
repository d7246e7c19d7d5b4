// Masks beside pruned weights, as Python's torch.nn.utils.prune keeps them: the parameter is called
// "weight_orig", a buffer "weight_mask", and the code multiplies the two.
#pragma once

#include <torch/csrc/jit/api/module.h>

#include <string>
#include <vector>

namespace nx {

struct Mask {
  torch::jit::Module owner;
  std::string attribute;  // "weight"
  at::Tensor mask;        // ones and zeros, of the attribute's shape and dtype
};

// Changes the module in place. Objects of a class share its code: those for which no mask is given
// get one of ones.
void add_masks(const torch::jit::Module& root, const std::vector<Mask>& masks);

// A weight that had a mask.
struct Unmasked {
  std::string layer;
  at::Tensor weight;
};

// Makes masks permanent in place: what they hide becomes zero, and the parameter has its name
// again.
std::vector<Unmasked> remove_masks(const torch::jit::Module& root);

}  // namespace nx
