// One operator with all of its arguments but the tensors that each call gives.
#pragma once

#include <ATen/core/stack.h>
#include <torch/csrc/jit/ir/ir.h>

#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace nx {

class BoundOperator {
 public:
  // The operator of a node. `given` are the values whose tensors calls give, in that order; none if
  // another input of the node is computed.
  static std::optional<BoundOperator> of(torch::jit::Node* node,
                                         at::ArrayRef<const torch::jit::Value*> given);

  // libtorch's operator of that name. `arguments` are all of them, and `places` where each tensor
  // that a call gives goes.
  BoundOperator(const char* name, const char* overload, torch::jit::Stack arguments,
                std::vector<size_t> places);

  // `given` may hold more than the operator takes.
  at::Tensor run(at::ArrayRef<at::Tensor> given) const;

 private:
  using Call = std::function<void(torch::jit::Stack&)>;

  // Where in the arguments goes which of the given ones.
  struct Place {
    size_t argument;
    size_t given;
  };

  BoundOperator(Call call, torch::jit::Stack arguments, std::vector<Place> places)
      : call_(std::move(call)), arguments_(std::move(arguments)), places_(std::move(places)) {}

  Call call_;
  torch::jit::Stack arguments_;
  std::vector<Place> places_;
};

// Whether this libtorch has oneDNN's operators on packed weights.
bool has_packed_operators();

// Whether they compute in that dtype on this machine.
bool is_packable(at::ScalarType type);

}  // namespace nx
