// The caching allocator of pinned memory: host memory that copies can use while the host goes on.
#pragma once

#include <ATen/core/CachingHostAllocator.h>

#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "queue.h"

namespace pretend {

// A freed block is handed out again once the streams whose copies use it have passed them.
class HostMemory final : public at::HostAllocator {
 public:
  static HostMemory& instance();

  c10::DataPtr allocate(size_t size) override;
  c10::DeleterFnPtr raw_deleter() const override;
  void copy_data(void* to, const void* from, size_t size) const override;

  // False, and nothing else, for memory that is not pinned.
  bool record_event(void* data, void* context, c10::Stream stream) override;
  void empty_cache() override;
  at::HostStats get_stats() override;
  void reset_accumulated_stats() override;
  void reset_peak_stats() override;

  bool is_pinned(const void* data);

 private:
  struct Block {
    size_t size;
    bool allocated;
    std::vector<std::pair<Queue*, uint64_t>> uses;
  };
  using Blocks = std::map<char*, Block>;

  static void free(void* data);
  static bool reusable(Block& block);
  Blocks::iterator find(const void* data);

  std::mutex mutex_;
  Blocks blocks_;
  at::HostStats stats_;
};

}  // namespace pretend
