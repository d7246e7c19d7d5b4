#include <ATen/Parallel.h>

#include <algorithm>
#include <cstring>
#include <list>
#include <mutex>

#include "prepack/packed_weight.h"

namespace nx {
namespace {

// A call of oneDNN takes some 20 us before it computes anything. With fewer products than this,
// libtorch's own convolutions are faster.
constexpr int64_t kFewestConvolved = 1 << 19;

// Shapes of inputs whose layouts are remembered.
constexpr size_t kMostShapes = 32;

// oneDNN's own description of a layout.
bool is_same_layout(const at::Tensor& a, const at::Tensor& b) {
  const auto description = [](const at::Tensor& packed) {
    return BoundOperator("mkldnn::_get_mkldnn_serialized_md", "", {packed}, {})
        .run({})
        .contiguous();
  };
  const at::Tensor first = description(a);
  const at::Tensor second = description(b);
  return first.nbytes() == second.nbytes() &&
         std::memcmp(first.const_data_ptr(), second.const_data_ptr(), first.nbytes()) == 0;
}

class PackedConvolution : public PackedWeight {
 public:
  PackedConvolution(const Weighted& layer, bool keep_rows)
      : layer_(layer), keep_rows_(keep_rows), is_1d_(layer.dims == 1) {
    if (!is_1d_) return;
    // As an image of one row.
    layer_.weight = layer_.weight.unsqueeze(2);
    layer_.stride.insert(layer_.stride.begin(), 1);
    layer_.padding.insert(layer_.padding.begin(), 0);
    layer_.dilation.insert(layer_.dilation.begin(), 1);
  }

  bool suits(const at::Tensor& input) const override {
    if (input.dim() != static_cast<int64_t>(layer_.dims) + 2 ||
        input.size(1) != layer_.weight.size(1) * layer_.groups ||
        input.scalar_type() != layer_.weight.scalar_type())
      return false;
    int64_t products = input.size(0) * layer_.weight.numel();
    const int64_t first = is_1d_ ? 1 : 0;
    for (int64_t i = 0; i < static_cast<int64_t>(layer_.dims); ++i) {
      const int64_t size = result_size(input.size(i + 2), i + first);
      if (size < 1) return false;
      products *= size;
    }
    return products >= kFewestConvolved;
  }

  at::Tensor unfold(const at::Tensor& input) const override {
    return is_1d_ ? input.unsqueeze(2) : input;
  }

  at::Tensor fold(const at::Tensor& result) const override {
    const at::Tensor folded = is_1d_ ? result.squeeze(2) : result;
    return keep_rows_ ? folded.contiguous() : folded;
  }

  // Of all layouts only that for these very sizes has a fast kernel for certain; with others,
  // oneDNN may compute fifty times slower.
  at::Tensor for_input(const at::Tensor& unfolded) override {
    const int threads = at::get_num_threads();
    const std::lock_guard<std::mutex> lock(mutex_);
    for (auto made = packed_.begin(); made != packed_.end(); ++made) {
      if (made->threads != threads || made->sizes != unfolded.sizes()) continue;
      packed_.splice(packed_.begin(), packed_, made);
      return made->weight;
    }
    at::Tensor weight = pack(unfolded.sizes());
    for (const Packed& made : packed_) {
      if (is_same_layout(made.weight, weight)) {
        weight = made.weight;
        break;
      }
    }
    if (packed_.size() >= kMostShapes) packed_.pop_back();
    packed_.push_front({unfolded.sizes().vec(), threads, weight});
    return weight;
  }

  bool can_add(const at::Tensor& input, const at::Tensor& other) const override {
    if (layer_.groups != 1 || other.dim() != input.dim() || other.size(0) != input.size(0) ||
        other.size(1) != layer_.weight.size(0))
      return false;
    const int64_t first = is_1d_ ? 1 : 0;
    for (int64_t i = 0; i < static_cast<int64_t>(layer_.dims); ++i) {
      if (other.size(i + 2) != result_size(input.size(i + 2), i + first)) return false;
    }
    return true;
  }

  BoundOperator layer(const PostOp& then) const override {
    return {"mkldnn::_convolution_pointwise",
            "",
            {{},
             {},
             layer_.bias,
             layer_.padding,
             layer_.stride,
             layer_.dilation,
             layer_.groups,
             then.name,
             then.scalars,
             then.algorithm},
            {0, 1}};
  }

  BoundOperator layer_and_add(const PostOp& then) const override {
    return {"mkldnn::_convolution_pointwise",
            "binary",
            {{},
             {},
             {},
             layer_.bias,
             layer_.padding,
             layer_.stride,
             layer_.dilation,
             layer_.groups,
             "add",
             {},
             then.name == "none" ? c10::IValue() : c10::IValue(then.name),
             then.scalars,
             then.algorithm},
            {0, 2, 1}};
  }

 private:
  struct Packed {
    std::vector<int64_t> sizes;  // of the input
    int threads;
    at::Tensor weight;  // shared by those of one layout
  };

  // Along dimension i of what the operators take; less than one where the kernel does not fit.
  int64_t result_size(int64_t size, int64_t i) const {
    const auto at = static_cast<size_t>(i);
    const int64_t reach = layer_.dilation[at] * (layer_.weight.size(i + 2) - 1) + 1;
    const int64_t room = size + 2 * layer_.padding[at] - reach;
    return room < 0 ? 0 : room / layer_.stride[at] + 1;
  }

  at::Tensor pack(at::IntArrayRef sizes) const {
    const BoundOperator pack("mkldnn::_reorder_convolution_weight", "",
                             {layer_.weight.detach().contiguous(), layer_.padding, layer_.stride,
                              layer_.dilation, layer_.groups, sizes.vec()},
                             {});
    return pack.run({});
  }

  Weighted layer_;
  bool keep_rows_;
  bool is_1d_;
  std::mutex mutex_;
  std::list<Packed> packed_;  // the most recently used first
};

}  // namespace

std::unique_ptr<PackedWeight> packed_convolution(const Weighted& layer, bool keep_rows) {
  return std::make_unique<PackedConvolution>(layer, keep_rows);
}

}  // namespace nx
