// The weights of a layer in the layouts that oneDNN's kernels want.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

#include "prepack/bound_operator.h"
#include "prepack/post_op.h"
#include "rewrite/weighted.h"

namespace nx {

// Which layout that is depends on the input; so a weight is packed when a call needs it. May be
// used by several threads.
class PackedWeight {
 public:
  PackedWeight() = default;
  PackedWeight(const PackedWeight&) = delete;
  PackedWeight& operator=(const PackedWeight&) = delete;
  virtual ~PackedWeight() = default;

  // Whether the layer takes this input, and it is enough work that packing pays.
  virtual bool suits(const at::Tensor& input) const = 0;

  // The input, or what is added, as the operators take it, and their result as the layer gives it.
  virtual at::Tensor unfold(const at::Tensor& input) const { return input; }
  virtual at::Tensor fold(const at::Tensor& result) const { return result; }

  // The weight in the layout for an unfolded input: packed before, or now.
  virtual at::Tensor for_input(const at::Tensor& unfolded) = 0;

  // Whether the result for an input can have that added by the operator, which does not broadcast.
  virtual bool can_add(const at::Tensor& input, const at::Tensor& other) const = 0;

  // The operators. Calls give them the unfolded input, the packed weight, and what is added.
  virtual BoundOperator layer(const PostOp& then) const = 0;
  virtual BoundOperator layer_and_add(const PostOp& then) const = 0;
};

// Null for a layer that never gains by it.
std::unique_ptr<PackedWeight> packed_linear(const Weighted& layer);

// `keep_rows`: results lie in memory as those of unpacked convolutions on row-major images do;
// else channels last.
std::unique_ptr<PackedWeight> packed_convolution(const Weighted& layer, bool keep_rows);

}  // namespace nx
