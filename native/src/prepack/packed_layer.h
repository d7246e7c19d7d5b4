// A layer with packed weights, and what is computed along with it.
#pragma once

#include <torch/custom_class.h>

#include <memory>
#include <optional>
#include <vector>

#include "prepack/bound_operator.h"
#include "prepack/packed_weight.h"
#include "prepack/post_op.h"

namespace nx {

// Runs packed what suits that, and the rest as it was: small ones, other dtypes and ranks, and
// where gradients are recorded.
class PackedLayer : public torch::CustomClassHolder {
 public:
  // The layer as it was: its own operator, then that of an addition, then that of a post-op, where
  // there are such. Calls give them the input, what is added, and the result of the one before.
  struct Unpacked {
    std::vector<BoundOperator> operators;
    bool adds = false;
    std::optional<PostOp> post_op;
  };

  PackedLayer(std::unique_ptr<PackedWeight> weight, Unpacked unpacked);

  // `other` is what is added; not defined where nothing is.
  at::Tensor run(const at::Tensor& input, const at::Tensor& other) const;

 private:
  at::Tensor run_unpacked(size_t first, const at::Tensor& input, const at::Tensor& other,
                          at::Tensor result) const;

  std::unique_ptr<PackedWeight> weight_;
  Unpacked unpacked_;
  BoundOperator layer_;  // with the post-op, unless something is added before that
  std::optional<BoundOperator> layer_and_add_;
};

}  // namespace nx
