// Libraries of somebody else's: operators, kinds of devices, runtimes that models are compiled for.
#include <unistd.h>

#include <string>

#include "handles.h"
#include "libraries.h"
#include "torch_library.h"

namespace nx {
namespace {

// The library that was not found of those that a file needs; empty if that is not why it fails.
std::string not_found(const std::string& reason) {
  const size_t end = reason.find(": cannot open shared object file");
  return end == std::string::npos ? "" : reason.substr(0, end);
}

// Whether it could be loaded; if not, why, without the file's own name.
bool open_extra(const std::string& file, std::string& reason) {
  reason.clear();
  if (open_library(file, reason) != nullptr) return true;
  if (reason.rfind(file + ": ", 0) == 0) reason.erase(0, file.size() + 2);
  return false;
}

// One of libtorch's own libraries, from where libtorch lies; false if there is none of that name.
// The loader does not look there for what somebody else's library needs.
bool open_of_torch(const std::string& name, std::string& tried) {
  const std::string file = torch_folder() + name;
  if (access(file.c_str(), R_OK) == 0) return open_library(file, tried) != nullptr;
  if (name != kTorchLibrary) return false;
  try {
    require_torch_library(at::kCPU);
    return true;
  } catch (const Failure& failure) {
    tried = failure.what();
    return false;
  }
}

void load_extra(const std::string& file) {
  std::string reason;
  std::string before;
  while (!open_extra(file, reason)) {
    const std::string needed = not_found(reason);
    std::string tried;
    if (needed.empty() || needed == before || !open_of_torch(needed, tried)) {
      if (!tried.empty())
        reason += "; " + tried;
      else if (!needed.empty())
        reason += "; load it first, or name its folder in LD_LIBRARY_PATH";
      reason.insert(0, file + " can't be loaded: ");
      throw Failure(NX_ERROR_UNSUPPORTED, reason);
    }
    before = needed;
  }
}

}  // namespace
}  // namespace nx

nx_error* nx_library_load(const char* path) noexcept {
  return nx::guard([&] { nx::load_extra(nx::text(path, "path")); });
}
