// Layers with weights: convolutions and matrix products with constants.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/csrc/jit/ir/ir.h>

#include <optional>
#include <string>
#include <vector>

namespace nx {

struct Weighted {
  torch::jit::Node* node;
  torch::jit::Value* input;
  at::Tensor weight;  // a linear's is out x in
  std::optional<at::Tensor> bias;
  size_t dims;  // of a convolution 1 to 3; 0 of a linear
  std::vector<int64_t> stride, padding, dilation;
  int64_t groups = 1;
};

// The layer that a node is, with weights and bias of one dtype; none if it is no such layer, or a
// transposed convolution.
std::optional<Weighted> weighted_of_any_dtype(torch::jit::Node* node);

// The same, if its weights are float32.
std::optional<Weighted> weighted(torch::jit::Node* node);

// The relu, relu6 or the like that alone uses a value, so that what makes the value may compute it
// too, where its range of integers begins at zero; nullptr if there is none.
torch::jit::Node* only_relu(torch::jit::Value* value);

// What observes a value: its inputs are the value and the observer.
c10::Symbol observe_kind();

}  // namespace nx
