// Linear layers of a graph, in the forms that models have them.
#pragma once

#include <torch/csrc/jit/ir/ir.h>

#include <optional>
#include <string>

namespace nx {

// A node that multiplies what it gets by weights that never change.
struct LinearLayer {
  torch::jit::Node* node;    // that of the product; gives the layer its name
  torch::jit::Value* input;  // (..., in)
  torch::jit::Value*
      output;         // (..., out): the node's, or that of the addition of the bias after it
  at::Tensor weight;  // (out, in), of any strides
  at::Tensor bias;    // (out), or not defined
};

// linear, addmm, matmul and mm, as the node alone computes them.
// None if weights or bias are computed, or the weights are not a matrix.
std::optional<LinearLayer> linear_node(torch::jit::Node* node);

// The same; matmul and mm with the addition of a bias, if that is all that uses their result.
std::optional<LinearLayer> linear_layer(torch::jit::Node* node);

// The result of a relu that is all that uses a value; none if something else does.
torch::jit::Value* relu_after(const torch::jit::Value* value);

// The value as a matrix (rows, in), and a result of it (rows, out) in the shape of the value again.
// What the value's last dimension is not, fails as libtorch's own linear does.
torch::jit::Value* as_matrix(torch::jit::Graph& graph, torch::jit::Value* value, int64_t in);
torch::jit::Value* as_shape_of(torch::jit::Graph& graph, torch::jit::Value* result,
                               torch::jit::Value* value, int64_t out);

}  // namespace nx
