// Modules and the files saved along with them, from a file or from memory.
#include <ATen/core/Dict.h>
#include <caffe2/serialize/inline_container.h>
#include <caffe2/serialize/read_adapter_interface.h>
#include <torch/csrc/jit/serialization/import.h>

#include <cstring>

#include "compute.h"
#include "device.h"
#include "handles.h"
#include "module.h"
#include "rewrite/int4_layout.h"
#include "rewrite/quantized.h"
#include "types.h"
#include "value.h"

namespace {

using caffe2::serialize::PyTorchStreamReader;

// Where in an archive the files lie that were saved along with the module.
constexpr std::string_view kExtra = "extra/";

// An archive in the caller's memory, which is read in place and only for the time of a call.
class BorrowedBytes : public caffe2::serialize::ReadAdapterInterface {
 public:
  BorrowedBytes(const void* bytes, int64_t length)
      : bytes_(static_cast<const char*>(bytes)), length_(static_cast<size_t>(length)) {}

  size_t size() const override { return length_; }

  size_t read(uint64_t position, void* target, size_t count, const char* what) const override {
    if (position > length_ || count > length_ - position) {
      throw nx::Failure(NX_ERROR_MODEL,
                        "the archive ends before " + std::string(what) + " can be read");
    }
    if (bytes_ == nullptr)
      throw nx::Failure(NX_ERROR_INTERNAL, "the archive was read after the call");
    std::memcpy(target, bytes_ + position, count);
    return count;
  }

  void end() { bytes_ = nullptr; }

 private:
  const char* bytes_;
  size_t length_;
};

// Runs a body with an archive over the caller's bytes.
template <class Body>
auto with_bytes(const void* bytes, int64_t length, Body&& body) {
  nx::require_length(bytes, length, "bytes");
  const auto adapter = std::make_shared<BorrowedBytes>(bytes, length);
  struct End {
    BorrowedBytes& adapter;
    ~End() { adapter.end(); }
  } const end{*adapter};
  return body(adapter);
}

// Reading a module packs its quantised weights, for the engine that the process has set.
template <class Source>
torch::jit::Module unpickled(const Source& source, at::Device device,
                             torch::jit::ExtraFilesMap& files) {
  torch::jit::Module module = [&] {
    const nx::QuietScope quiet;
    const auto engine = nx::engine_in_use();
    return torch::jit::load(source, device, files);
  }();
  nx::require_int4_layout(module);
  nx::restore_engine(module);
  return module;
}

// Loads from what libtorch reads archives from.
template <class Source>
nx_module* load(const Source& source, int32_t device_type, int32_t device_index) {
  const nx::ModuleScope scope;
  const at::Device device = nx::usable_device(device_type, device_index);
  torch::jit::ExtraFilesMap run{{NX_RUN_FILE, ""}};
  nx_module* module = nx::new_module(unpickled(source, device, run));
  module->run_file = std::move(run[NX_RUN_FILE]);
  return module;
}

c10::IValue extra_files(PyTorchStreamReader& reader) {
  c10::impl::GenericDict files(c10::StringType::get(), c10::StringType::get());
  for (const std::string& record : reader.getAllRecords()) {
    if (record.rfind(kExtra, 0) != 0) continue;
    const auto [data, size] = reader.getRecord(record);
    files.insert_or_assign(record.substr(kExtra.size()),
                           std::string(static_cast<const char*>(data.get()), size));
  }
  return files;
}

}  // namespace

nx_error* nx_module_load(const char* path, int32_t device_type, int32_t device_index,
                         nx_module** out) noexcept {
  *out = nullptr;
  return nx::guard([&] { *out = load(nx::text(path, "path"), device_type, device_index); },
                   NX_ERROR_MODEL);
}

nx_error* nx_module_load_bytes(const void* bytes, int64_t length, int32_t device_type,
                               int32_t device_index, nx_module** out) noexcept {
  *out = nullptr;
  return nx::guard(
      [&] {
        *out = with_bytes(bytes, length, [&](const auto& archive) {
          return load(archive, device_type, device_index);
        });
      },
      NX_ERROR_MODEL);
}

nx_error* nx_module_run_file(const nx_module* module, nx_value* out) noexcept {
  *out = {};
  return nx::guard([&] { nx::write_value(nx::require(module, "module").run_file, out); });
}

nx_error* nx_extra_files(const char* path, nx_value* out) noexcept {
  *out = {};
  return nx::guard(
      [&] {
        PyTorchStreamReader reader(nx::text(path, "path"));
        nx::write_value(extra_files(reader), out);
      },
      NX_ERROR_MODEL);
}

nx_error* nx_extra_files_of_bytes(const void* bytes, int64_t length, nx_value* out) noexcept {
  *out = {};
  return nx::guard(
      [&] {
        with_bytes(bytes, length, [&](const auto& archive) {
          PyTorchStreamReader reader(archive);
          nx::write_value(extra_files(reader), out);
        });
      },
      NX_ERROR_MODEL);
}
