// The weights of convolutions and linear layers, wherever a module keeps them.
#pragma once

#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/ir.h>

#include <optional>
#include <string>
#include <vector>

namespace nx {

// How pruned weights are kept apart from what they are multiplied by, here as in Python.
extern const char* const kOriginal;  // "_orig"
extern const char* const kMask;      // "_mask"

struct LayerWeight {
  std::string layer;                        // its name, as in frozen.h
  at::Tensor tensor;                        // as the module keeps it, without the mask
  at::Tensor mask;                          // not defined where there is none
  std::optional<torch::jit::Module> owner;  // none of a constant
  std::string attribute;                    // of the owner: "weight", also where that is masked

  // What the layer computes with.
  at::Tensor effective() const { return mask.defined() ? tensor.mul(mask) : tensor; }
};

// Those that the module's methods multiply by, or convolve with, in the order of the code. Each
// attribute, and each tensor that is a constant, is there once. What other operators read, such as
// an embedding, may be some of the same tensors.
struct LayerWeights {
  std::vector<LayerWeight> all;
  std::vector<at::Tensor> read_by_others;
};

LayerWeights layer_weights(const torch::jit::Module& module);

// mul(to(mask), original), as Python's pruning leaves it in traces: the two attributes are those of
// one object.
struct MaskedWeight {
  torch::jit::Node* product;
  torch::jit::Value* object;
  std::string attribute;  // "weight"
};

std::optional<MaskedWeight> masked_weight(torch::jit::Node* node);

}  // namespace nx
