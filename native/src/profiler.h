// Whether libtorch's profiler runs, see nx_profiler_start.
#pragma once

#include <c10/util/ThreadLocalDebugInfo.h>

#include <atomic>
#include <memory>
#include <optional>

namespace nx {

// On any thread.
bool is_profiling() noexcept;

// Whether a profile of memory runs.
extern std::atomic<bool> profiles_memory;

// Hands what allocators of devices report to the profiler that runs.
std::shared_ptr<c10::DebugInfoBase> memory_reporter();

// The allocators of devices report to the profiler of their thread, and a profile is of all
// threads. In this scope they reach it, if it is one of memory. (The host's allocator is the shim's
// own.)
class MemoryReportScope {
 public:
  MemoryReportScope() {
    if (profiles_memory.load(std::memory_order_relaxed))
      guard_.emplace(c10::DebugInfoKind::PROFILER_STATE, memory_reporter());
  }

 private:
  std::optional<c10::DebugInfoGuard> guard_;
};

}  // namespace nx
