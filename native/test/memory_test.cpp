// The memory of small tensors, which threads keep for the next ones.
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

}  // namespace

int main() {
  RUN(blocks_do_not_overlap);
  RUN(blocks_go_from_thread_to_thread);
}
