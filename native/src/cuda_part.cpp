#include "cuda_part.h"

#include <dlfcn.h>
#include <unistd.h>

#include "error.h"
#include "libraries.h"

namespace nx {
namespace {

struct Opened {
  const CudaPart* part = nullptr;
  std::string reason;
};

Opened open() {
  const std::string file = own_folder() + "libnarthex_cuda.so";
  if (access(file.c_str(), R_OK) != 0)
    return {nullptr, "this Narthex was built without CUDA's headers (there is no " + file + ")"};
  Opened result;
  void* library = open_library(file, result.reason);
  if (library == nullptr) return result;
  using Entry = const CudaPart* (*)();
  const auto entry = reinterpret_cast<Entry>(dlsym(library, kCudaPartSymbol));
  const CudaPart* part = entry == nullptr ? nullptr : entry();
  if (part == nullptr || part->version != kCudaPartVersion)
    return {nullptr, file + " is of another version of Narthex"};
  result.part = part;
  return result;
}

}  // namespace

const CudaPart& cuda_part() {
  static const auto* const opened = new Opened(open());
  if (opened->part == nullptr) {
    throw Failure(NX_ERROR_UNSUPPORTED,
                  "what only CUDA's own interface offers is not there: " + opened->reason);
  }
  return *opened->part;
}

}  // namespace nx
