// What oneDNN computes along with a layer, on each number of its result.
#pragma once

#include <torch/csrc/jit/ir/ir.h>

#include <optional>
#include <string>

namespace nx {

// As libtorch's operators on packed weights take it.
struct PostOp {
  using Scalars = c10::List<std::optional<at::Scalar>>;

  std::string name = "none";
  Scalars scalars;
  std::string algorithm;
};

// The post-op that a node is; none if it is something else.
std::optional<PostOp> post_op(torch::jit::Node* node);

}  // namespace nx
