// TorchScript modules behind nx_module.
#pragma once

#include <torch/csrc/jit/api/module.h>

#include <functional>
#include <memory>
#include <optional>

#include "error.h"
#include "executors.h"
#include "module_state.h"

struct nx_module {
  torch::jit::Module module;
  // Shared with sessions and other handles of the module.
  std::shared_ptr<nx::FusedExecutors> fused;
  std::shared_ptr<nx::ModuleState> state;
};

namespace nx {

nx_module* new_handle(nx_module module);
nx_module* new_module(torch::jit::Module module);

// How many modules of the tree are in training mode.
int64_t training_count(const torch::jit::Module& module);

// The tensor attribute `name` of the submodule at dotted `path` ("" is the module itself), if there
// is one.
std::optional<at::Tensor> find_tensor(const torch::jit::Module& module, const std::string& path,
                                      const std::string& name);

// Calls `change` with each tensor constant of the code of the module and its submodules, and stores
// what it returns.
void change_constants(const torch::jit::Module& module,
                      const std::function<at::Tensor(const at::Tensor&)>& change);

}  // namespace nx
