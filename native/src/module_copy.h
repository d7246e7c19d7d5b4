// How changed copies of modules are made.
#pragma once

#include <torch/csrc/jit/api/module.h>

#include <mutex>

#include "compute.h"
#include "module.h"

namespace nx {

// Shares the parameters. Code is its own, and so are buffers and other state: running one must not
// change the other.
torch::jit::Module copy_of(const nx_module* module);

// Held while a copy is made, of whatever kind: its types and code are added to the compilation unit
// of the original.
std::mutex& copy_mutex();

// The entry point of a copy.
template <class Body>
nx_error* copy(nx_module** out, Body&& body) noexcept {
  *out = nullptr;
  return guard(
      [&] {
        const std::lock_guard<std::mutex> lock(copy_mutex());
        const ModuleScope scope;
        *out = new_module(body());
      },
      NX_ERROR_UNSUPPORTED);
}

}  // namespace nx
