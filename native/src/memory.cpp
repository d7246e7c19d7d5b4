// Counts of the memory that tensors on the host take.
#include "memory.h"

#include <malloc.h>

#include <algorithm>
#include <array>

#include "handles.h"
#include "torch_versions.h"

namespace nx {

std::atomic<int32_t> memory_listeners{0};

namespace {

std::atomic<bool> is_profiler_told{false};

// Counts while there is a listener; only differences mean something.
std::atomic<int64_t> allocations{0};
std::atomic<int64_t> taken{0};
std::atomic<int64_t> balance{0};

// A watch, and the highest balance that it has seen.
struct Slot {
  std::atomic<bool> is_taken;
  std::atomic<int64_t> peak;
};

constexpr size_t kMostWatches = 16;
std::array<Slot, kMostWatches> slots;

void raise(std::atomic<int64_t>& peak, int64_t to) noexcept {
  int64_t seen = peak.load(std::memory_order_relaxed);
  while (seen < to && !peak.compare_exchange_weak(seen, to, std::memory_order_relaxed)) {
  }
}

}  // namespace

void tell_of_memory(void* memory, int64_t byte_length) noexcept {
  const int64_t now = balance.fetch_add(byte_length, std::memory_order_relaxed) + byte_length;
  if (byte_length > 0) {
    allocations.fetch_add(1, std::memory_order_relaxed);
    taken.fetch_add(byte_length, std::memory_order_relaxed);
    for (Slot& slot : slots) {
      if (slot.is_taken.load(std::memory_order_relaxed)) raise(slot.peak, now);
    }
  }
  if (!is_profiler_told.load(std::memory_order_relaxed)) return;
  try {
    if (const auto profiler = global_profiler())
      profiler->reportMemoryUsage(memory, byte_length,
                                  static_cast<size_t>(std::max<int64_t>(now, 0)), 0,
                                  c10::Device(c10::kCPU));
  } catch (...) {
    return;  // a profile without this event is better than no tensor
  }
}

void report_memory_to_profiler(bool wants) noexcept {
  if (is_profiler_told.exchange(wants) != wants) memory_listeners.fetch_add(wants ? 1 : -1);
}

}  // namespace nx

struct nx_memory_watch {
  nx::Slot* slot;
  int64_t allocations;  // each as it was when the watch began
  int64_t taken;
  int64_t balance;
};

namespace {

nx_memory_watch* start_watch() {
  for (nx::Slot& slot : nx::slots) {
    if (slot.is_taken.exchange(true)) continue;
    const int64_t now = nx::balance.load();
    slot.peak.store(now);
    nx::memory_listeners.fetch_add(1);
    return new nx_memory_watch{&slot, nx::allocations.load(), nx::taken.load(), now};
  }
  nx::invalid_argument("memory is watched " + std::to_string(nx::kMostWatches) +
                       " times already: end a watch before another begins");
}

}  // namespace

nx_error* nx_memory_watch_start(nx_memory_watch** out) noexcept {
  *out = nullptr;
  return nx::guard([&] {
    *out = start_watch();
    nx::count_handle(NX_HANDLE_RECORDING, +1);
  });
}

void nx_memory_watch_read(const nx_memory_watch* watch, int64_t* out) noexcept {
  out[NX_MEMORY_ALLOCATIONS] = nx::allocations.load() - watch->allocations;
  out[NX_MEMORY_TAKEN] = nx::taken.load() - watch->taken;
  out[NX_MEMORY_CHANGE] = nx::balance.load() - watch->balance;
  out[NX_MEMORY_PEAK_CHANGE] = watch->slot->peak.load() - watch->balance;
}

void nx_memory_watch_free(nx_memory_watch* watch) noexcept {
  if (watch == nullptr) return;
  nx::memory_listeners.fetch_sub(1);
  watch->slot->is_taken.store(false);
  delete watch;
  nx::count_handle(NX_HANDLE_RECORDING, -1);
}

void nx_native_heap(int64_t* in_use, int64_t* from_system) noexcept {
  *in_use = -1;
  *from_system = -1;
#if defined(__GLIBC_PREREQ)
#if __GLIBC_PREREQ(2, 33)
  const struct mallinfo2 heap = mallinfo2();
  *in_use = static_cast<int64_t>(heap.uordblks + heap.hblkhd);
  *from_system = static_cast<int64_t>(heap.arena + heap.hblkhd);
#endif
#endif
}
