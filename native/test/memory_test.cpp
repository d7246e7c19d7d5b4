// The memory of small tensors, which threads keep for the next ones.
#include <array>
#include <thread>

#include "support.h"

using namespace test;

namespace {

int64_t address(const Tensor& tensor) { return describe(tensor).data; }

std::vector<uint8_t> pattern(size_t length, size_t seed) {
  std::vector<uint8_t> bytes(length);
  for (size_t i = 0; i < length; ++i) bytes[i] = static_cast<uint8_t>(i * 31 + seed);
  return bytes;
}

Tensor filled(size_t length, size_t seed) {
  return tensor<uint8_t>({static_cast<int64_t>(length)}, pattern(length, seed));
}

// All that live at the same time have memory of their own, aligned, whatever was freed before.
void blocks_do_not_overlap() {
  for (size_t round = 0; round < 3; ++round) {
    std::vector<Tensor> tensors;
    std::vector<size_t> lengths;
    for (size_t length = 0; length < 5000; length = length * 5 / 4 + 1) {
      for (int i = 0; i < 40; ++i) {  // more than are kept
        tensors.push_back(filled(length, tensors.size()));
        lengths.push_back(length);
        CHECK(address(tensors.back()) % 64 == 0);
      }
    }
    for (size_t i = 0; i < tensors.size(); ++i)
      CHECK(read<uint8_t>(tensors[i]) == pattern(lengths[i], i));
  }
}

// Memory may be freed by another thread than took it, and threads end with blocks that they keep.
void blocks_go_from_thread_to_thread() {
  for (int round = 0; round < 20; ++round) {
    std::vector<Tensor> made;
    std::thread([&] {
      for (size_t i = 0; i < 200; ++i) made.push_back(filled(8 * i, i));
    }).join();
    for (size_t i = 0; i < made.size(); ++i) CHECK(read<uint8_t>(made[i]) == pattern(8 * i, i));
    std::thread([&] { made.clear(); }).join();
  }
}

std::array<int64_t, NX_MEMORY_COLUMNS> read(const nx_memory_watch* watch) {
  std::array<int64_t, NX_MEMORY_COLUMNS> counts{};
  nx_memory_watch_read(watch, counts.data());
  return counts;
}

nx_memory_watch* watch() {
  nx_memory_watch* out = nullptr;
  succeeds(nx_memory_watch_start(&out));
  return out;
}

// Of all threads; what was there before counts when it goes.
void watches_see_what_is_taken() {
  constexpr int64_t kLarge = 1 << 20;
  Tensor before = filled(kLarge, 1);
  nx_memory_watch* outer = watch();
  {
    const Tensor large = filled(kLarge, 2);
  }
  nx_memory_watch* inner = watch();
  std::thread([] { const Tensor other = filled(2 * kLarge, 3); }).join();
  before.reset();
  const auto outside = read(outer);
  const auto inside = read(inner);
  CHECK(outside[NX_MEMORY_ALLOCATIONS] == 2 && inside[NX_MEMORY_ALLOCATIONS] == 1);
  CHECK(outside[NX_MEMORY_TAKEN] >= 3 * kLarge && outside[NX_MEMORY_TAKEN] < 3 * kLarge + 65536);
  CHECK(outside[NX_MEMORY_CHANGE] <= -kLarge && inside[NX_MEMORY_CHANGE] <= -kLarge);
  CHECK(inside[NX_MEMORY_PEAK_CHANGE] >= 2 * kLarge);
  CHECK(inside[NX_MEMORY_PEAK_CHANGE] == outside[NX_MEMORY_PEAK_CHANGE]);
  nx_memory_watch_free(inner);
  nx_memory_watch_free(outer);
}

void watches_are_limited() {
  std::vector<nx_memory_watch*> all;
  for (int i = 0; i < 16; ++i) all.push_back(watch());
  nx_memory_watch* more = nullptr;
  contains(fails(NX_ERROR_INVALID_ARGUMENT, nx_memory_watch_start(&more)), "16");
  for (nx_memory_watch* one : all) nx_memory_watch_free(one);
  nx_memory_watch_free(watch());
  nx_memory_watch_free(nullptr);
  CHECK(nx_live_handles(NX_HANDLE_RECORDING) == 0);
}

void heap_is_known() {
  int64_t in_use = 0;
  int64_t from_system = 0;
  const Tensor large = filled(1 << 22, 1);
  nx_native_heap(&in_use, &from_system);
  CHECK(in_use == -1 || (in_use >= 1 << 22 && from_system >= in_use));
}

}  // namespace

int main() {
  RUN(blocks_do_not_overlap);
  RUN(blocks_go_from_thread_to_thread);
  RUN(watches_see_what_is_taken);
  RUN(watches_are_limited);
  RUN(heap_is_known);
}
