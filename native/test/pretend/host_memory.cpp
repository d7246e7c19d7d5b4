#include "host_memory.h"

#include <algorithm>
#include <bit>
#include <cstdlib>

#include "streams.h"

namespace pretend {
namespace {

constexpr size_t smallest = 512;

}  // namespace

HostMemory& HostMemory::instance() {
  static auto* const instance = new HostMemory;
  return *instance;
}

c10::DeleterFnPtr HostMemory::raw_deleter() const { return &HostMemory::free; }

void HostMemory::copy_data(void* to, const void* from, size_t size) const {
  default_copy_data(to, from, size);
}

bool HostMemory::reusable(Block& block) {
  if (block.allocated) return false;
  const auto passed = [](const auto& use) { return use.first->passed(use.second); };
  block.uses.erase(std::remove_if(block.uses.begin(), block.uses.end(), passed), block.uses.end());
  return block.uses.empty();
}

c10::DataPtr HostMemory::allocate(size_t size) {
  const c10::Device device(c10::DeviceType::CPU);
  if (size == 0) return {nullptr, nullptr, &HostMemory::free, device};
  const size_t rounded = std::bit_ceil(std::max(size, smallest));
  const std::lock_guard lock(mutex_);
  auto found = std::find_if(blocks_.begin(), blocks_.end(), [&](auto& entry) {
    return entry.second.size == rounded && reusable(entry.second);
  });
  if (found == blocks_.end()) {
    auto* const data = static_cast<char*>(std::aligned_alloc(smallest, rounded));
    TORCH_CHECK_WITH(OutOfMemoryError, data != nullptr, "out of pinned memory: tried to allocate ",
                     c10::CachingAllocator::format_size(size));
    ++stats_.num_host_alloc;
    stats_.allocations.increase(1);
    stats_.allocated_bytes.increase(rounded);
    found = blocks_.emplace(data, Block{rounded, false, {}}).first;
  }
  found->second.allocated = true;
  stats_.active_requests.increase(1);
  stats_.active_bytes.increase(rounded);
  return {found->first, found->first, &HostMemory::free, device};
}

void HostMemory::free(void* data) {
  if (data == nullptr) return;
  HostMemory& memory = instance();
  const std::lock_guard lock(memory.mutex_);
  Block& block = memory.blocks_.at(static_cast<char*>(data));
  block.allocated = false;
  memory.stats_.active_requests.decrease(1);
  memory.stats_.active_bytes.decrease(block.size);
}

HostMemory::Blocks::iterator HostMemory::find(const void* data) {
  auto next = blocks_.upper_bound(static_cast<char*>(const_cast<void*>(data)));
  if (next == blocks_.begin()) return blocks_.end();
  --next;
  return static_cast<const char*>(data) < next->first + next->second.size ? next : blocks_.end();
}

bool HostMemory::is_pinned(const void* data) {
  const std::lock_guard lock(mutex_);
  const auto found = find(data);
  return found != blocks_.end() && found->second.allocated;
}

bool HostMemory::record_event(void* data, void* /*context*/, c10::Stream stream) {
  Queue& queue = queue_of(stream);
  const std::lock_guard lock(mutex_);
  const auto found = find(data);
  if (found == blocks_.end()) return false;
  // What a graph copies from or to, its owner must keep: nobody knows when it is replayed.
  if (queue.capture() == nullptr) found->second.uses.emplace_back(&queue, queue.position());
  return true;
}

void HostMemory::empty_cache() {
  const std::lock_guard lock(mutex_);
  for (auto entry = blocks_.begin(); entry != blocks_.end();) {
    if (!reusable(entry->second)) {
      ++entry;
      continue;
    }
    ++stats_.num_host_free;
    stats_.allocations.decrease(1);
    stats_.allocated_bytes.decrease(entry->second.size);
    std::free(entry->first);
    entry = blocks_.erase(entry);
  }
}

at::HostStats HostMemory::get_stats() {
  const std::lock_guard lock(mutex_);
  return stats_;
}

void HostMemory::reset_accumulated_stats() {
  const std::lock_guard lock(mutex_);
  for (auto* stat : {&stats_.active_requests, &stats_.active_bytes, &stats_.allocations,
                     &stats_.allocated_bytes})
    stat->reset_accumulated();
  stats_.num_host_alloc = 0;
  stats_.num_host_free = 0;
}

void HostMemory::reset_peak_stats() {
  const std::lock_guard lock(mutex_);
  for (auto* stat : {&stats_.active_requests, &stats_.active_bytes, &stats_.allocations,
                     &stats_.allocated_bytes})
    stat->reset_peak();
}

}  // namespace pretend
