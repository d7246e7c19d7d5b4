#include "libraries.h"

#include <dlfcn.h>
#include <torch/csrc/inductor/aoti_torch/c/shim.h>

#include "narthex.h"

namespace nx {
namespace {

std::string folder_of(const void* address) {
  Dl_info info{};
  if (dladdr(address, &info) == 0 || info.dli_fname == nullptr) return "";
  const std::string path = info.dli_fname;
  return path.substr(0, path.rfind('/') + 1);
}

}  // namespace

std::string torch_folder() {
  return folder_of(reinterpret_cast<const void*>(&aoti_torch_abi_version));
}

std::string own_folder() { return folder_of(reinterpret_cast<const void*>(&nx_abi_version)); }

void* open_library(const std::string& file, std::string& tried) {
  // Never closed: what it is needed for stays.
  if (void* library = dlopen(file.c_str(), RTLD_NOW)) return library;
  const char* reason = dlerror();  // NOLINT(concurrency-mt-unsafe): glibc has one for each thread
  tried += (tried.empty() ? "" : "; ") + std::string(reason == nullptr ? file : reason);
  return nullptr;
}

}  // namespace nx
