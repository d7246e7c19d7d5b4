#include "prepack/packed_layer.h"

#include <ATen/core/grad_mode.h>

namespace nx {
namespace {

bool is_for_onednn(const at::Tensor& tensor) {
  return tensor.defined() && tensor.device().is_cpu() && tensor.layout() == c10::kStrided &&
         tensor.numel() > 0 && !(at::GradMode::is_enabled() && tensor.requires_grad());
}

}  // namespace

PackedLayer::PackedLayer(std::unique_ptr<PackedWeight> weight, Unpacked unpacked)
    : weight_(std::move(weight)),
      unpacked_(std::move(unpacked)),
      layer_(weight_->layer(unpacked_.adds ? PostOp() : unpacked_.post_op.value_or(PostOp()))) {
  if (unpacked_.adds)
    layer_and_add_.emplace(weight_->layer_and_add(unpacked_.post_op.value_or(PostOp())));
}

at::Tensor PackedLayer::run(const at::Tensor& input, const at::Tensor& other) const {
  if (!is_for_onednn(input) || !weight_->suits(input)) return run_unpacked(0, input, other, {});
  const at::Tensor unfolded = weight_->unfold(input);
  const at::Tensor packed = weight_->for_input(unfolded);
  if (!layer_and_add_) return weight_->fold(layer_.run({unfolded, packed}));
  if (is_for_onednn(other) && other.scalar_type() == input.scalar_type() &&
      weight_->can_add(input, other))
    return weight_->fold(layer_and_add_->run({unfolded, packed, weight_->unfold(other)}));
  return run_unpacked(1, input, other, weight_->fold(layer_.run({unfolded, packed})));
}

at::Tensor PackedLayer::run_unpacked(size_t first, const at::Tensor& input, const at::Tensor& other,
                                     at::Tensor result) const {
  for (size_t i = first; i < unpacked_.operators.size(); ++i)
    result = unpacked_.operators[i].run({input, other, result});
  return result;
}

}  // namespace nx
