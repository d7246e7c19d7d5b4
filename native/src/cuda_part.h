// What only CUDA's own headers offer: libnarthex_cuda.so (native/cuda), which is built where
// libtorch and the machine have them, and opened when it is first needed.
#pragma once

#include <cstdint>
#include <string>

#include "recording.h"

namespace nx {

// The functions of that library. Both sides are compiled together, against the same libtorch, so
// that strings and exceptions may pass. Devices are ready to be used.
struct CudaPart {
  int32_t version;  // kCudaPartVersion of the library's
  double (*memory_fraction)(int8_t index);
  void (*set_memory_fraction)(int8_t index, double fraction);
  void (*record_history)(int64_t entries);  // of all devices; 0: no more
  std::string (*snapshot)();                // of all devices, as PyTorch pickles it
  // Has `observer` called whenever memory has run out, from now on; it must not throw.
  void (*observe_out_of_memory)(void (*observer)());
  std::unique_ptr<Recording> (*record)(Recording::Pool pool, const std::function<void()>& body);
};

constexpr int32_t kCudaPartVersion = 2;

// The library's one symbol, of the type const CudaPart* (*)().
constexpr const char* kCudaPartSymbol = "narthex_cuda_part";

// Opens the library; a failure that says why where it can't be.
const CudaPart& cuda_part();

}  // namespace nx
