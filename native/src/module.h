// TorchScript modules behind nx_module.
#pragma once

#include <torch/csrc/jit/api/module.h>

#include <memory>
#include <optional>

#include "compiled.h"
#include "error.h"
#include "module_state.h"

namespace nx {
class Package;
}

struct nx_module {
  torch::jit::Module module;
  // Shared with sessions and other handles of the module.
  std::shared_ptr<nx::Compiled> compiled;
  std::shared_ptr<nx::ModuleState> state;
  std::string run_file;  // what was saved along of how it is run
  // What its `forward` runs, where that is compiled code; null for TorchScript.
  std::shared_ptr<nx::Package> package;
};

namespace nx {

nx_module* new_handle(nx_module module);
nx_module* new_module(torch::jit::Module module);

// How many modules of the tree are in training mode.
int64_t training_count(const torch::jit::Module& module);

// What a parameter or buffer is made of: the tensor's memory, but for borrowed, which is copied.
at::Tensor module_tensor(const at::Tensor& tensor, bool is_buffer);

// Splits "layer1.0.conv1.weight" into "layer1.0.conv1" and "weight".
std::pair<std::string, std::string> split_name(const std::string& name);

// The submodule at dotted `path` ("" is the module itself), if there is one with a tensor attribute
// `name`.
std::optional<torch::jit::Module> find_owner(const torch::jit::Module& module,
                                             const std::string& path, const std::string& name);

}  // namespace nx
