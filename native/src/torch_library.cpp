#include "torch_library.h"

#include <dlfcn.h>
#include <torch/csrc/inductor/aoti_torch/c/shim.h>

#include <mutex>
#include <string>

#include "error.h"

namespace nx {
namespace {

constexpr const char* kName = "libtorch.so";
constexpr const char* kStub = "libnarthex_torch.so";

// The folder of the library that has this address, with a slash.
std::string folder_of(const void* address) {
  Dl_info info{};
  if (dladdr(address, &info) == 0 || info.dli_fname == nullptr) return "";
  const std::string path = info.dli_fname;
  return path.substr(0, path.rfind('/') + 1);
}

// Without closing it: what it is needed for is loaded later.
bool open(const std::string& file, std::string& tried) {
  if (dlopen(file.c_str(), RTLD_NOW) != nullptr) return true;
  const char* reason = dlerror();  // NOLINT(concurrency-mt-unsafe): glibc has one for each thread
  tried += (tried.empty() ? "" : "; ") + std::string(reason == nullptr ? file : reason);
  return false;
}

}  // namespace

void require_torch_library(at::Device device) {
  static auto* const mutex = new std::mutex();
  const std::lock_guard<std::mutex> lock(*mutex);
  if (dlopen(kName, RTLD_NOW | RTLD_NOLOAD) != nullptr) return;
  std::string tried;
  const void* const torch = reinterpret_cast<const void*>(&aoti_torch_abi_version);
  if (!device.is_cpu() && open(folder_of(torch) + kName, tried)) return;
  if (device.is_cpu() &&
      open(folder_of(reinterpret_cast<const void*>(&nx_abi_version)) + kStub, tried))
    return;
  throw Failure(NX_ERROR_MODEL,
                "compiled packages need libtorch.so, and it can't be loaded: " + tried);
}

}  // namespace nx
