// Who is told of the memory that tensors on the host take: watches, and the profiler.
#pragma once

#include <atomic>
#include <cstdint>

namespace nx {

// Whether anybody wants to be told. Zero costs the allocator one comparison.
extern std::atomic<int32_t> memory_listeners;

// What the allocator calls while there are listeners: bytes taken at `memory`, or given back if
// negative.
void tell_of_memory(void* memory, int64_t byte_length) noexcept;

inline void memory_changed(void* memory, int64_t byte_length) noexcept {
  if (memory_listeners.load(std::memory_order_relaxed) != 0) tell_of_memory(memory, byte_length);
}

// Whether libtorch's profiler, which runs on all threads, is one of them. It asks each thread for
// itself otherwise, and finds nothing there.
void report_memory_to_profiler(bool wants) noexcept;

}  // namespace nx
