// Memory of small tensors.
//
// libtorch takes each tensor's memory from posix_memalign, for which the C library has no cache: of
// a small operator's time that is a quarter. Here each thread keeps some of the small blocks that
// it frees and hands them out again. All else is as in libtorch's own allocator, and its blocks can
// be freed here as those of here there.
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>
#include <malloc.h>

#include <array>
#include <bit>

#include "memory.h"

namespace {

constexpr size_t kSmallest = 64;
constexpr size_t kClasses = 7;  // 64 bytes, 128, ... 4096
constexpr size_t kLargest = kSmallest << (kClasses - 1);
constexpr int kKeptOfAClass = 32;

// Sanitizers look for blocks that are used after they were freed, or never.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kKeeps = false;
#else
constexpr bool kKeeps = true;
#endif

struct FreeBlock {
  FreeBlock* next;
};

struct FreeBlocks {
  FreeBlock* first = nullptr;
  int count = 0;
};

// Trivial, so that it can still be asked when the thread's other objects are gone: libtorch frees
// tensors of its own then.
thread_local bool is_thread_ending = false;

class Cache {
 public:
  Cache() = default;
  Cache(const Cache&) = delete;
  Cache& operator=(const Cache&) = delete;
  ~Cache() {
    is_thread_ending = true;
    for (FreeBlocks& blocks : classes_) {
      while (blocks.first != nullptr) c10::free_cpu(pop(blocks));
    }
  }

  // A block of that class, or null.
  void* take(size_t index) {
    FreeBlocks& blocks = classes_[index];
    return blocks.first == nullptr ? nullptr : pop(blocks);
  }

  bool keep(size_t index, void* memory) {
    FreeBlocks& blocks = classes_[index];
    if (blocks.count == kKeptOfAClass) return false;
    blocks.first = new (memory) FreeBlock{blocks.first};
    ++blocks.count;
    return true;
  }

 private:
  static void* pop(FreeBlocks& blocks) {
    FreeBlock* block = blocks.first;
    blocks.first = block->next;
    --blocks.count;
    return block;
  }

  std::array<FreeBlocks, kClasses> classes_{};
};

Cache& cache() {
  thread_local Cache of_this_thread;
  return of_this_thread;
}

// The class whose blocks are large enough.
size_t class_for(size_t byte_length) {
  return byte_length <= kSmallest ? 0 : std::bit_width((byte_length - 1) / kSmallest);
}

// The largest class that fits into the block.
size_t class_of(void* memory) { return std::bit_width(malloc_usable_size(memory) / kSmallest) - 1; }

void* take(size_t byte_length) {
  if (!kKeeps || byte_length == 0 || byte_length > kLargest || is_thread_ending)
    return c10::alloc_cpu(byte_length);
  const size_t index = class_for(byte_length);
  void* kept = cache().take(index);
  return kept == nullptr ? c10::alloc_cpu(kSmallest << index) : kept;
}

void give_back(void* memory) {
  if (memory == nullptr) return;
  c10::profiledCPUMemoryReporter().Delete(memory);
  nx::memory_changed(memory, -static_cast<int64_t>(malloc_usable_size(memory)));
  if (kKeeps && !is_thread_ending) {
    const size_t index = class_of(memory);
    if (index < kClasses && cache().keep(index, memory)) return;
  }
  c10::free_cpu(memory);
}

class Allocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t byte_length) override {
    void* memory = nullptr;
    try {
      memory = take(byte_length);
    } catch (const c10::Error&) {
      c10::profiledCPUMemoryReporter().OutOfMemory(byte_length);
      throw;
    }
    c10::profiledCPUMemoryReporter().New(memory, byte_length);
    nx::memory_changed(memory, static_cast<int64_t>(malloc_usable_size(memory)));
    return {memory, memory, &give_back, c10::Device(c10::kCPU)};
  }

  [[nodiscard]] c10::DeleterFnPtr raw_deleter() const override { return &give_back; }

  void copy_data(void* target, const void* source, std::size_t byte_length) const override {
    default_copy_data(target, source, byte_length);
  }
};

// When the shim is loaded, after libtorch. Never destroyed: libtorch may need it until the process
// ends.
[[gnu::constructor]] void install() noexcept {
  try {
    c10::SetCPUAllocator(new Allocator(), /*priority=*/1);
  } catch (...) {
    return;  // libtorch's own serves
  }
}

}  // namespace
