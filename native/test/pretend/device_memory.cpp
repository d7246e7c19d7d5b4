#include "device_memory.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "capture.h"
#include "settings.h"

namespace pretend {
namespace {

using c10::CachingAllocator::StatArray;
using c10::CachingAllocator::StatType;

constexpr size_t granularity = 512;
constexpr size_t small_block = size_t{1} << 20;
constexpr c10::MempoolId_t common_pool{0, 0};

// In the total, and among the small or the large ones.
void increase(StatArray& stat, size_t amount, size_t block) {
  stat[static_cast<size_t>(StatType::AGGREGATE)].increase(amount);
  stat[static_cast<size_t>(block <= small_block ? StatType::SMALL_POOL : StatType::LARGE_POOL)]
      .increase(amount);
}

void decrease(StatArray& stat, size_t amount, size_t block) {
  stat[static_cast<size_t>(StatType::AGGREGATE)].decrease(amount);
  stat[static_cast<size_t>(block <= small_block ? StatType::SMALL_POOL : StatType::LARGE_POOL)]
      .decrease(amount);
}

size_t current(const StatArray& stat) {
  return static_cast<size_t>(stat[static_cast<size_t>(StatType::AGGREGATE)].current);
}

template <class Change>
void for_each(c10::CachingDeviceAllocator::DeviceStats& stats, Change change) {
  for (StatArray* array : {&stats.allocation, &stats.segment, &stats.active, &stats.inactive_split,
                           &stats.allocated_bytes, &stats.reserved_bytes, &stats.active_bytes,
                           &stats.inactive_split_bytes, &stats.requested_bytes})
    for (c10::CachingAllocator::Stat& stat : *array) change(stat);
  for (auto& [pool, array] : stats.reserved_bytes_by_private_pools)
    for (c10::CachingAllocator::Stat& stat : array) change(stat);
}

}  // namespace

DeviceMemory& DeviceMemory::instance() {
  static auto* const instance = new DeviceMemory;
  return *instance;
}

c10::DeleterFnPtr DeviceMemory::raw_deleter() const { return &DeviceMemory::free; }

void DeviceMemory::free(void* data) {
  if (data != nullptr) instance().take_back(data);
}

void DeviceMemory::copy_data(void* to, const void* from, size_t size) const {
  current_queue(current_device()).enqueue({"copy", [=] { std::memcpy(to, from, size); }});
}

c10::DataPtr DeviceMemory::allocate(size_t size) {
  const c10::DeviceIndex index = current_device();
  if (size == 0) return {nullptr, nullptr, &DeviceMemory::free, device_at(index)};
  const c10::Stream stream = current_stream(index);
  const std::shared_ptr<Capture> capture = queue_of(stream).capture();
  const Place place{capture == nullptr ? common_pool : capture->pool(), stream.id()};
  const size_t rounded = (size + granularity - 1) / granularity * granularity;

  const std::lock_guard lock(mutex_);
  Device& device = at(index);
  free_what_is_passed(device);
  Block* block = reuse(device, place, rounded);
  if (block == nullptr) block = reserve(index, place, rounded);
  if (block == nullptr && current(device.stats.reserved_bytes) > 0) {
    ++device.stats.num_alloc_retries;
    unreserve(index, common_pool);
    block = reserve(index, place, rounded);
  }
  if (block == nullptr) run_out(index, size);
  block->requested = size;
  Stats& stats = device.stats;
  increase(stats.allocation, 1, block->size);
  increase(stats.active, 1, block->size);
  increase(stats.allocated_bytes, block->size, block->size);
  increase(stats.active_bytes, block->size, block->size);
  increase(stats.requested_bytes, size, block->size);
  c10::reportMemoryUsageToProfiler(block->data, static_cast<int64_t>(block->size),
                                   current(stats.allocated_bytes), device.reserved,
                                   device_at(index));
  return {block->data, block->data, &DeviceMemory::free, device_at(index)};
}

DeviceMemory::Block* DeviceMemory::reuse(Device& device, const Place& place, size_t size) {
  const auto blocks = device.free.find(place);
  if (blocks == device.free.end()) return nullptr;
  const auto fit = blocks->second.lower_bound(size);
  // What is much too large is kept for what needs it.
  if (fit == blocks->second.end() || fit->first > 2 * size) return nullptr;
  Block* const block = fit->second;
  blocks->second.erase(fit);
  return block;
}

DeviceMemory::Block* DeviceMemory::reserve(c10::DeviceIndex index, const Place& place,
                                           size_t size) {
  Device& device = at(index);
  if (size > capacity - device.reserved) return nullptr;
  auto* const data = static_cast<char*>(std::aligned_alloc(granularity, size));
  if (data == nullptr) return nullptr;
  device.reserved += size;
  Stats& stats = device.stats;
  ++stats.num_device_alloc;
  increase(stats.segment, 1, size);
  increase(stats.reserved_bytes, size, size);
  if (place.first != common_pool)
    increase(stats.reserved_bytes_by_private_pools[place.first], size, size);
  const c10::Stream stream(c10::Stream::UNSAFE, device_at(index), place.second);
  auto block = std::make_unique<Block>(Block{data, size, 0, stream, place.first, {}});
  return (blocks_[data] = std::move(block)).get();
}

void DeviceMemory::run_out(c10::DeviceIndex index, size_t size) {
  using c10::CachingAllocator::format_size;
  Device& device = at(index);
  ++device.stats.num_ooms;
  const size_t allocated = current(device.stats.allocated_bytes);
  c10::reportOutOfMemoryToProfiler(static_cast<int64_t>(size), allocated, device.reserved,
                                   device_at(index));
  TORCH_CHECK_WITH(OutOfMemoryError, false, device_at(index).str(),
                   " out of memory. Tried to allocate ", format_size(size), ". The device has ",
                   format_size(capacity), " in all, of which ",
                   format_size(capacity - device.reserved), " is free; ", format_size(allocated),
                   " is allocated, and ", format_size(device.reserved - allocated),
                   " is reserved but not allocated.");
}

void DeviceMemory::take_back(void* data) {
  const std::lock_guard lock(mutex_);
  Block* const block = find(data);
  Device& device = at(block->stream.device_index());
  decrease(device.stats.allocation, 1, block->size);
  decrease(device.stats.allocated_bytes, block->size, block->size);
  decrease(device.stats.requested_bytes, block->requested, block->size);
  c10::reportMemoryUsageToProfiler(data, -static_cast<int64_t>(block->size),
                                   current(device.stats.allocated_bytes), device.reserved,
                                   block->stream.device());
  if (block->others.empty()) {
    make_free(device, block);
    return;
  }
  Waiting waiting{block, {}};
  for (const c10::Stream& other : block->others)
    waiting.others.emplace_back(&queue_of(other), std::nullopt);
  block->others.clear();
  device.waiting.push_back(std::move(waiting));
  free_what_is_passed(device);
}

void DeviceMemory::free_what_is_passed(Device& device) {
  device.waiting.remove_if([&](Waiting& waiting) {
    bool passed = true;
    for (auto& [queue, position] : waiting.others) {
      // What is captured may run at any time until the capture ends, and what is then enqueued is
      // not known yet.
      if (!position && queue->capture() == nullptr) position = queue->position();
      passed = passed && position && queue->passed(*position);
    }
    if (passed) make_free(device, waiting.block);
    return passed;
  });
}

void DeviceMemory::make_free(Device& device, Block* block) {
  decrease(device.stats.active, 1, block->size);
  decrease(device.stats.active_bytes, block->size, block->size);
  Queue& queue = queue_of(block->stream);
  const int fill = settings().fill_freed;
  // A graph's memory is its own: outside of the capture, its stream says nothing of when it is in
  // use.
  const bool own = block->pool == common_pool || queue.capture() != nullptr;
  if (fill >= 0 && own)
    queue.enqueue(
        {"fill freed memory",
         [data = block->data, size = block->size, fill] { std::memset(data, fill, size); }, 0});
  device.free[{block->pool, block->stream.id()}].emplace(block->size, block);
}

void DeviceMemory::unreserve(c10::DeviceIndex index, const c10::MempoolId_t& pool) {
  drain_device(index);
  Device& device = at(index);
  for (auto& [place, blocks] : device.free) {
    if (place.first != pool) continue;
    for (const auto& [size, block] : blocks) {
      device.reserved -= size;
      ++device.stats.num_device_free;
      decrease(device.stats.segment, 1, size);
      decrease(device.stats.reserved_bytes, size, size);
      if (pool != common_pool)
        decrease(device.stats.reserved_bytes_by_private_pools[pool], size, size);
      char* const data = block->data;
      blocks_.erase(data);
      std::free(data);
    }
    blocks.clear();
  }
}

void DeviceMemory::emptyCache(c10::MempoolId_t pool) {
  const std::lock_guard lock(mutex_);
  // A graph's replays use what looks free in its pool.
  if (pool != common_pool) return;
  for (c10::DeviceIndex index = 0; index < device_count; ++index) {
    drain_device(index);
    free_what_is_passed(at(index));
    unreserve(index, pool);
  }
}

void DeviceMemory::recordStream(const c10::DataPtr& data, c10::Stream stream) {
  if (data.get() == nullptr) return;
  const std::lock_guard lock(mutex_);
  Block* const block = find(data.get());
  if (block == nullptr || block->stream == stream) return;
  if (std::find(block->others.begin(), block->others.end(), stream) == block->others.end())
    block->others.push_back(stream);
}

DeviceMemory::Block* DeviceMemory::find(const void* data) {
  const auto found = blocks_.find(static_cast<const char*>(data));
  return found == blocks_.end() ? nullptr : found->second.get();
}

c10::CachingDeviceAllocator::DeviceStats DeviceMemory::getDeviceStats(c10::DeviceIndex device) {
  const std::lock_guard lock(mutex_);
  return at(device).stats;
}

void DeviceMemory::resetAccumulatedStats(c10::DeviceIndex device) {
  const std::lock_guard lock(mutex_);
  Stats& stats = at(device).stats;
  for_each(stats, [](c10::CachingAllocator::Stat& stat) { stat.reset_accumulated(); });
  stats.num_alloc_retries = 0;
  stats.num_ooms = 0;
  stats.num_device_alloc = 0;
  stats.num_device_free = 0;
}

void DeviceMemory::resetPeakStats(c10::DeviceIndex device) {
  const std::lock_guard lock(mutex_);
  for_each(at(device).stats, [](c10::CachingAllocator::Stat& stat) { stat.reset_peak(); });
}

std::pair<size_t, size_t> DeviceMemory::getMemoryInfo(c10::DeviceIndex device) {
  const std::lock_guard lock(mutex_);
  return {capacity - at(device).reserved, capacity};
}

std::optional<c10::DeviceIndex> DeviceMemory::device_of(const void* data) {
  const auto* const address = static_cast<const char*>(data);
  const std::lock_guard lock(mutex_);
  const auto next = blocks_.upper_bound(address);
  if (next == blocks_.begin()) return std::nullopt;
  const Block& block = *std::prev(next)->second;
  if (address >= block.data + block.size) return std::nullopt;
  return block.stream.device_index();
}

bool DeviceMemory::used(c10::DeviceIndex device) {
  const std::lock_guard lock(mutex_);
  return at(device).stats.num_device_alloc > 0;
}

void DeviceMemory::hold_pool(c10::DeviceIndex device, const c10::MempoolId_t& pool) {
  const std::lock_guard lock(mutex_);
  ++at(device).pools[pool];
}

void DeviceMemory::release_pool(c10::DeviceIndex index, const c10::MempoolId_t& pool) {
  const std::lock_guard lock(mutex_);
  Device& device = at(index);
  if (--device.pools[pool] > 0) return;
  device.pools.erase(pool);
  unreserve(index, pool);
  // What is still allocated becomes common when it is freed.
  for (const auto& [data, block] : blocks_) {
    if (block->pool != pool || block->stream.device_index() != index) continue;
    decrease(device.stats.reserved_bytes_by_private_pools[pool], block->size, block->size);
    block->pool = common_pool;
  }
}

}  // namespace pretend
