// Saving modules.
#include <fcntl.h>
#include <torch/csrc/jit/serialization/export.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "compute.h"
#include "handles.h"
#include "module.h"
#include "nodes.h"

namespace {

// libtorch's own file writer tells nobody when the end of an archive can't be written, and older
// versions end the process. This one remembers what went wrong first and takes the rest for
// written.
class OutputFile {
 public:
  explicit OutputFile(const char* path)
      : descriptor_(::open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) {
    if (descriptor_ < 0) fail(errno);
  }
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  ~OutputFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  size_t write(const void* data, size_t size) noexcept {
    const auto* next = static_cast<const char*>(data);
    size_t left = size;
    while (left > 0 && error_ == 0) {
      const ssize_t written = ::write(descriptor_, next, left);
      if (written >= 0) {
        next += written;
        left -= static_cast<size_t>(written);
      } else if (errno != EINTR) {
        error_ = errno;
      }
    }
    return size;
  }

  void finish() {
    // EINVAL: not a file on a disk.
    if (error_ == 0 && ::fsync(descriptor_) != 0 && errno != EINVAL) error_ = errno;
    if (::close(std::exchange(descriptor_, -1)) != 0 && error_ == 0) error_ = errno;
    if (error_ != 0) fail(error_);
  }

 private:
  [[noreturn]] static void fail(int error) {
    throw nx::Failure(NX_ERROR_MODEL,
                      "can't write the file: " + std::generic_category().message(error));
  }

  int descriptor_;
  int error_ = 0;
};

std::string string_of(const nx_value& value, const char* what) {
  if (value.kind != NX_STRING) nx::invalid_argument(std::string(what) + " is not a string");
  const auto* bytes = reinterpret_cast<const char*>(value.bits);
  nx::require_length(bytes, value.length, what);
  return {bytes, static_cast<size_t>(value.length)};
}

torch::jit::ExtraFilesMap to_extra_files(const nx_value* value) {
  torch::jit::ExtraFilesMap files;
  if (value == nullptr || value->kind == NX_NONE) return files;
  if (value->kind != NX_DICT) nx::invalid_argument("extra_files is not a dict");
  const auto* items = reinterpret_cast<const nx_value*>(value->bits);
  nx::require_length(items, value->length, "extra_files");
  for (int64_t i = 0; i < value->length; ++i) {
    const std::string name = string_of(items[2 * i], "the name of an extra file");
    if (name.empty() || name.find('\0') != std::string::npos)
      nx::invalid_argument("an extra file needs a name");
    files[name] = string_of(items[2 * i + 1], "an extra file");
  }
  return files;
}

// libtorch writes a file without them, which it can't read.
void require_plain_constants(const torch::jit::Module& module) {
  nx::for_each_node(module, [](const torch::jit::Node* node) {
    if (!node->hasAttribute(c10::attr::value)) return;
    if (node->kindOf(c10::attr::value) != torch::jit::AttributeKind::t) return;
    if (node->t(c10::attr::value).is_mkldnn())
      throw nx::Failure(
          NX_ERROR_UNSUPPORTED,
          "the model's weights are in oneDNN's layouts, which files can't hold: save "
          "the model that was optimized for inference, and optimize it after loading");
  });
}

}  // namespace

nx_error* nx_module_save(const nx_module* module, const char* path,
                         const nx_value* extra_files) noexcept {
  return nx::guard(
      [&] {
        const nx::ModuleScope scope;
        const torch::jit::Module& saved = nx::require(module, "module").module;
        require_plain_constants(saved);
        const std::unique_lock<std::mutex> turn = module->state->turn(saved);
        const torch::jit::ExtraFilesMap files = to_extra_files(extra_files);
        OutputFile file(nx::text(path, "path").c_str());
        torch::jit::ExportModule(
            saved, [&](const void* data, size_t size) { return file.write(data, size); }, files);
        file.finish();
      },
      NX_ERROR_MODEL);
}
