#include <mutex>

#include "prepack/packed_weight.h"

namespace nx {
namespace {

// A call of oneDNN takes some 15 us before it computes anything, a product of libtorch's own in
// float32 3. Below so many weights, packing loses more than it gains.
constexpr int64_t kFewestFloats = 1 << 18;
// A single row reads each weight once, which libtorch's own does well.
constexpr int64_t kFewestFloatsForRow = 1 << 20;
// In 16 bits libtorch calls oneDNN too, but for a single row and what is small: products of a call.
constexpr int64_t kFewestProducts = 1 << 14;

class PackedLinear : public PackedWeight {
 public:
  explicit PackedLinear(const Weighted& layer) : weight_(layer.weight), bias_(layer.bias) {}

  bool suits(const at::Tensor& input) const override {
    if (input.dim() < 2 || input.size(-1) != weight_.size(1) ||
        input.scalar_type() != weight_.scalar_type())
      return false;
    const int64_t rows = rows_of(input);
    if (weight_.scalar_type() == at::kFloat)
      return rows > 1 || weight_.numel() >= kFewestFloatsForRow;
    return rows > 1 && rows * weight_.numel() >= kFewestProducts;
  }

  // oneDNN has a layout for a single row and one for several, however many.
  at::Tensor for_input(const at::Tensor& unfolded) override {
    const int64_t rows = rows_of(unfolded);
    const std::lock_guard<std::mutex> lock(mutex_);
    at::Tensor& packed = rows == 1 ? for_row_ : for_rows_;
    if (!packed.defined()) {
      const BoundOperator pack("mkldnn::_reorder_linear_weight", "",
                               {weight_.detach().contiguous(), rows}, {});
      packed = pack.run({});
    }
    return packed;
  }

  bool can_add(const at::Tensor& input, const at::Tensor& other) const override {
    const int64_t last = input.dim() - 1;
    return other.dim() == input.dim() && other.size(last) == weight_.size(0) &&
           other.sizes().slice(0, last) == input.sizes().slice(0, last);
  }

  BoundOperator layer(const PostOp& then) const override {
    return {"mkldnn::_linear_pointwise",
            "",
            {{}, {}, bias_, then.name, then.scalars, then.algorithm},
            {0, 1}};
  }

  BoundOperator layer_and_add(const PostOp& /*then*/) const override {
    return {"mkldnn::_linear_pointwise", "binary", {{}, {}, {}, bias_, "add"}, {0, 2, 1}};
  }

 private:
  int64_t rows_of(const at::Tensor& input) const { return input.numel() / weight_.size(1); }

  at::Tensor weight_;
  std::optional<at::Tensor> bias_;
  std::mutex mutex_;
  at::Tensor for_row_;
  at::Tensor for_rows_;
};

}  // namespace

std::unique_ptr<PackedWeight> packed_linear(const Weighted& layer) {
  const bool is_float = layer.weight.scalar_type() == at::kFloat;
  if (is_float && layer.weight.numel() < kFewestFloats) return nullptr;
  return std::make_unique<PackedLinear>(layer);
}

}  // namespace nx
