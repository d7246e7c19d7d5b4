#include "torch_library.h"

#include <dlfcn.h>

#include <mutex>
#include <string>

#include "error.h"
#include "libraries.h"

namespace nx {
namespace {

constexpr const char* kStub = "libnarthex_torch.so";

}  // namespace

void require_torch_library(at::Device device) {
  static auto* const mutex = new std::mutex();
  const std::lock_guard<std::mutex> lock(*mutex);
  if (dlopen(kTorchLibrary, RTLD_NOW | RTLD_NOLOAD) != nullptr) return;
  std::string tried;
  // What is compiled for a kind that libtorch has no part for needs no more than the CPU's.
  const bool is_slim = device.is_cpu() || device.is_privateuseone();
  const std::string file = is_slim ? own_folder() + kStub : torch_folder() + kTorchLibrary;
  if (open_library(file, tried) != nullptr) return;
  throw Failure(NX_ERROR_MODEL,
                "compiled packages need libtorch.so, and it can't be loaded: " + tried);
}

}  // namespace nx
