#include "pinned.h"

#include <ATen/Context.h>

#include <atomic>
#include <map>
#include <mutex>
#include <unordered_map>

#include "device.h"
#include "handles.h"

struct nx_pinned {
  std::shared_ptr<c10::DataPtr> memory;  // tensors over it have it too
  size_t byte_length;
  std::unordered_map<c10::Stream, c10::Event> uses;  // the last one of each stream
};

namespace nx {
namespace {

std::mutex& mutex() {
  static auto* const mutex = new std::mutex();
  return *mutex;
}

// By their first bytes.
std::map<uintptr_t, nx_pinned*>& living() {
  static auto* const living = new std::map<uintptr_t, nx_pinned*>();
  return *living;
}

// How many there are: who has none is not held up by a lock.
std::atomic<size_t> pinned_count{0};

uintptr_t begin_of(const nx_pinned& pinned) {
  return reinterpret_cast<uintptr_t>(pinned.memory->get());
}

nx_pinned* find(uintptr_t address) {
  const auto after = living().upper_bound(address);
  if (after == living().begin()) return nullptr;
  nx_pinned* const before = std::prev(after)->second;
  return address < begin_of(*before) + before->byte_length ? before : nullptr;
}

}  // namespace

std::shared_ptr<const void> pinned_at(const void* address, size_t byte_length) {
  if (pinned_count == 0) return {};
  const auto first = reinterpret_cast<uintptr_t>(address);
  const std::lock_guard<std::mutex> lock(mutex());
  const nx_pinned* const pinned = find(first);
  if (pinned == nullptr || byte_length > begin_of(*pinned) + pinned->byte_length - first) return {};
  return pinned->memory;
}

bool is_pinned(const void* address) {
  if (pinned_count == 0) return false;
  const std::lock_guard<std::mutex> lock(mutex());
  return find(reinterpret_cast<uintptr_t>(address)) != nullptr;
}

void record_pinned_use(const void* address, const c10::Stream& stream) {
  std::unique_lock<std::mutex> lock(mutex());
  nx_pinned* const pinned = find(reinterpret_cast<uintptr_t>(address));
  if (pinned == nullptr) {
    lock.unlock();
    stream.synchronize();  // it was freed meanwhile, by who could not know of the copy
    return;
  }
  pinned->uses.try_emplace(stream, stream.device_type()).first->second.record(stream);
}

}  // namespace nx

nx_error* nx_pinned_new(int32_t device_type, int64_t byte_length, int64_t* data,
                        nx_pinned** out) noexcept {
  *data = 0;
  *out = nullptr;
  return nx::guard([&] {
    const c10::Device device = nx::usable_accelerator(device_type, 0);
    if (byte_length < 1)
      nx::invalid_argument("expected at least 1 byte, got " + std::to_string(byte_length));
    const auto bytes = static_cast<size_t>(byte_length);
    c10::Allocator* const allocator = at::globalContext().getPinnedMemoryAllocator(device.type());
    auto pinned = std::make_unique<nx_pinned>(
        nx_pinned{std::make_shared<c10::DataPtr>(allocator->allocate(bytes)), bytes, {}});
    {
      const std::lock_guard<std::mutex> lock(nx::mutex());
      nx::living().emplace(nx::begin_of(*pinned), pinned.get());
      nx::pinned_count = nx::living().size();
    }
    *data = reinterpret_cast<int64_t>(pinned->memory->get());
    *out = pinned.release();
    nx::count_handle(NX_HANDLE_DEVICE, +1);
  });
}

void nx_pinned_free(nx_pinned* pinned) noexcept {
  if (pinned == nullptr) return;
  {
    const std::lock_guard<std::mutex> lock(nx::mutex());
    nx::living().erase(nx::begin_of(*pinned));
    nx::pinned_count = nx::living().size();
  }
  // Where the device has failed, nothing copies any more.
  nx::attempt([&] {
    for (const auto& [stream, event] : pinned->uses) event.synchronize();
  });
  delete pinned;
  nx::count_handle(NX_HANDLE_DEVICE, -1);
}
