// The tensors that a module holds: in its attributes, in what those hold, and as constants of its
// code.
#pragma once

#include <torch/csrc/jit/api/module.h>

#include <functional>
#include <optional>
#include <vector>

namespace nx {

using TensorChange = std::function<at::Tensor(const at::Tensor&)>;

// Replaces each of them by what `change` returns for it. What stood in several places (tied
// weights) stays one.
void change_tensors(const torch::jit::Module& root, const TensorChange& change);

// Fails if the module holds weights that change_tensors does not reach. `what` is to be done to
// them, such as "converted".
void require_reachable(const torch::jit::Module& root, const char* what);

// Those in its code, each once.
std::vector<at::Tensor> constants_of(const torch::jit::Module& module);

// The device that they are on; nothing where all are on the CPU.
std::optional<c10::Device> device_of(const torch::jit::Module& module);

}  // namespace nx
