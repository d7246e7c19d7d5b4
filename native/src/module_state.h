// Modules whose code changes their own state: recurrent ones, counters, caches.
#pragma once

#include <torch/csrc/jit/api/module.h>

#include <mutex>

namespace nx {

// libtorch does not guard a module's attributes: two calls that change them at once corrupt memory.
// So calls of a stateful module take turns; those of all others run side by side.
class ModuleState {
 public:
  // Asked once for a module, which must be the same each time: it takes milliseconds.
  bool is_stateful(const torch::jit::Module& module);

  // To be held while the module is called, until what it stored is settled, and while its
  // attributes are read.
  std::unique_lock<std::mutex> turn(const torch::jit::Module& module);

 private:
  std::once_flag asked_;
  bool is_stateful_ = false;
  std::mutex mutex_;
};

}  // namespace nx
