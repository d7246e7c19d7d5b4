// Modules whose code changes their own state: recurrent ones, counters, caches.
#pragma once

#include <torch/csrc/jit/api/module.h>

#include <mutex>
#include <optional>
#include <unordered_set>

#include "stream.h"

namespace nx {

// libtorch does not guard a module's attributes: two calls that change them at once corrupt memory.
// So calls of a stateful module take turns; those of all others run side by side.
class ModuleState {
 public:
  ModuleState() = default;
  ModuleState(const ModuleState&) = delete;
  ModuleState& operator=(const ModuleState&) = delete;
  // The module's memory, which is the default stream's, may now be given to others.
  ~ModuleState();

  // Asked once for a module, which must be the same each time: it takes milliseconds.
  bool is_stateful(const torch::jit::Module& module);

  // The device that the module is on, asked once; nothing for the CPU.
  std::optional<c10::Device> device(const torch::jit::Module& module);

  // To be held while the module is called, until what it stored is settled, and while its
  // attributes are read.
  std::unique_lock<std::mutex> turn(const torch::jit::Module& module);

  // Remembers that calls of the module work on that stream; a failure if they can't.
  void use(const std::optional<c10::Stream>& stream, const torch::jit::Module& module);

 private:
  std::once_flag asked_;
  bool is_stateful_ = false;
  std::once_flag asked_for_device_;
  std::optional<c10::Device> device_;
  std::once_flag asked_for_forks_;
  bool forks_ = false;
  std::mutex mutex_;
  std::mutex streams_mutex_;
  std::unordered_set<c10::Stream> streams_;
};

}  // namespace nx
