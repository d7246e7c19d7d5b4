// Memory of a device, as libtorch's caching allocator counts it.
#include <c10/core/CachingDeviceAllocator.h>

#include "device.h"
#include "value.h"

namespace nx {
namespace {

c10::DeviceAllocator& allocator_of(c10::Device device) {
  auto* allocator = dynamic_cast<c10::DeviceAllocator*>(c10::GetAllocator(device.type()));
  if (allocator == nullptr) {
    throw Failure(NX_ERROR_UNSUPPORTED, "libtorch does not count the memory of " + device.str());
  }
  return *allocator;
}

using Entries = c10::impl::GenericDict;

void put(Entries& entries, const std::string& name, int64_t value) {
  entries.insert_or_assign(name, value);
}

void put(Entries& entries, const std::string& name, const c10::CachingAllocator::Stat& stat) {
  put(entries, name + ".current", stat.current);
  put(entries, name + ".peak", stat.peak);
  put(entries, name + ".allocated", stat.allocated);
  put(entries, name + ".freed", stat.freed);
}

void put(Entries& entries, const std::string& name, const c10::CachingAllocator::StatArray& stats) {
  using c10::CachingAllocator::StatType;
  put(entries, name + ".all", stats[static_cast<size_t>(StatType::AGGREGATE)]);
  put(entries, name + ".small_pool", stats[static_cast<size_t>(StatType::SMALL_POOL)]);
  put(entries, name + ".large_pool", stats[static_cast<size_t>(StatType::LARGE_POOL)]);
}

Entries statistics(c10::Device device) {
  const auto stats = allocator_of(device).getDeviceStats(device.index());
  Entries entries(c10::StringType::get(), c10::IntType::get());
  put(entries, "allocation", stats.allocation);
  put(entries, "segment", stats.segment);
  put(entries, "active", stats.active);
  put(entries, "inactive_split", stats.inactive_split);
  put(entries, "allocated_bytes", stats.allocated_bytes);
  put(entries, "reserved_bytes", stats.reserved_bytes);
  put(entries, "active_bytes", stats.active_bytes);
  put(entries, "inactive_split_bytes", stats.inactive_split_bytes);
  put(entries, "requested_bytes", stats.requested_bytes);
  put(entries, "oversize_allocations", stats.oversize_allocations);
  put(entries, "oversize_segments", stats.oversize_segments);
  put(entries, "num_alloc_retries", stats.num_alloc_retries);
  put(entries, "num_ooms", stats.num_ooms);
  put(entries, "num_device_alloc", stats.num_device_alloc);
  put(entries, "num_device_free", stats.num_device_free);
  return entries;
}

}  // namespace
}  // namespace nx

nx_error* nx_device_memory(int32_t type, int32_t index, nx_value* out) noexcept {
  *out = {};
  return nx::guard(
      [&] { nx::write_value(nx::statistics(nx::usable_accelerator(type, index)), out); });
}

nx_error* nx_device_reset_memory(int32_t type, int32_t index, int32_t what) noexcept {
  return nx::guard([&] {
    const c10::Device device = nx::usable_accelerator(type, index);
    c10::DeviceAllocator& allocator = nx::allocator_of(device);
    switch (what) {
      case NX_RESET_PEAKS:
        allocator.resetPeakStats(device.index());
        break;
      case NX_RESET_TOTALS:
        allocator.resetAccumulatedStats(device.index());
        break;
      case NX_RESET_CACHE:
        allocator.emptyCache();
        break;
      default:
        nx::invalid_argument("unknown kind of reset " + std::to_string(what));
    }
  });
}
