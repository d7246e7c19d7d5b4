// The caching allocator of the devices' memory.
#pragma once

#include <c10/core/CachingDeviceAllocator.h>

#include <array>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "streams.h"

namespace pretend {

// Memory is taken from a device in blocks, which are kept when they are freed and never split. The
// stream that a block was allocated on may have it again at once: what it enqueues comes after what
// used the block. Streams that were recorded for the block must first pass all that they had been
// given when it was freed.
class DeviceMemory final : public c10::DeviceAllocator {
 public:
  static constexpr size_t capacity = size_t{256} << 20;
  static DeviceMemory& instance();

  c10::DataPtr allocate(size_t size) override;
  c10::DeleterFnPtr raw_deleter() const override;
  void copy_data(void* to, const void* from, size_t size) const override;

  bool initialized() override { return true; }
  void emptyCache(c10::MempoolId_t pool) override;
  void recordStream(const c10::DataPtr& data, c10::Stream stream) override;
  c10::CachingDeviceAllocator::DeviceStats getDeviceStats(c10::DeviceIndex device) override;
  void resetAccumulatedStats(c10::DeviceIndex device) override;
  void resetPeakStats(c10::DeviceIndex device) override;
  std::pair<size_t, size_t> getMemoryInfo(c10::DeviceIndex device) override;

  // The device whose memory that is.
  std::optional<c10::DeviceIndex> device_of(const void* data);
  bool used(c10::DeviceIndex device);

  // A pool of captures lives as long as a graph holds it.
  void hold_pool(c10::DeviceIndex device, const c10::MempoolId_t& pool);
  void release_pool(c10::DeviceIndex device, const c10::MempoolId_t& pool);

 private:
  using Stats = c10::CachingDeviceAllocator::DeviceStats;
  struct Block {
    char* data;
    size_t size;
    size_t requested;
    c10::Stream stream;
    c10::MempoolId_t pool;
    std::vector<c10::Stream> others;
  };
  // A freed block, and what each of the others must have passed: nothing is known of one that
  // captures.
  struct Waiting {
    Block* block;
    std::vector<std::pair<Queue*, std::optional<uint64_t>>> others;
  };
  using Place = std::pair<c10::MempoolId_t, c10::StreamId>;
  struct Device {
    Stats stats;
    size_t reserved = 0;
    std::map<Place, std::multimap<size_t, Block*>> free;
    std::list<Waiting> waiting;
    std::map<c10::MempoolId_t, int> pools;
  };

  static void free(void* data);
  void take_back(void* data);
  Block* find(const void* data);
  Device& at(c10::DeviceIndex device) { return devices_[static_cast<size_t>(checked(device))]; }
  Block* reuse(Device& device, const Place& place, size_t size);
  Block* reserve(c10::DeviceIndex index, const Place& place, size_t size);
  void make_free(Device& device, Block* block);
  void free_what_is_passed(Device& device);
  // Gives the device all blocks of that pool that are free.
  void unreserve(c10::DeviceIndex index, const c10::MempoolId_t& pool);
  [[noreturn]] void run_out(c10::DeviceIndex index, size_t size);

  std::mutex mutex_;
  std::array<Device, device_count> devices_;
  std::map<const char*, std::unique_ptr<Block>> blocks_;
};

}  // namespace pretend
