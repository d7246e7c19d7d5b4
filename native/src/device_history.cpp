// What libtorch lets a process have of a device's memory, and what became of it: for CUDA alone.
#include <c10/util/Exception.h>

#include <fstream>
#include <mutex>

#include "cuda_part.h"
#include "device.h"
#include "value.h"

namespace nx {
namespace {

// The part that serves a device, which is ready to be used.
const CudaPart& part_of(c10::Device device) {
  if (!device.is_cuda()) {
    throw Failure(NX_ERROR_UNSUPPORTED,
                  "limits and histories of memory are for CUDA's devices, not for " + device.str());
  }
  return cuda_part();
}

const CudaPart& part_of_type(int32_t type) { return part_of(usable_accelerator(type, 0)); }

// The file for a snapshot when memory runs out; none if empty.
class WhenFull {
 public:
  void set(std::string file, const CudaPart& part) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (part_ == nullptr && !file.empty()) {
      part.observe_out_of_memory([] { when_full().save(); });
      part_ = &part;
    }
    file_ = std::move(file);
  }

  static WhenFull& when_full() {
    static auto* const one = new WhenFull();
    return *one;
  }

 private:
  // Once: a process that goes on may run out of memory again and again.
  void save() noexcept {
    try {
      std::string file;
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        file.swap(file_);
      }
      if (file.empty()) return;
      const std::string snapshot = part_->snapshot();
      std::ofstream out(file, std::ios::binary);
      out.write(snapshot.data(), static_cast<std::streamsize>(snapshot.size()));
      out.close();
      if (!out) {
        TORCH_WARN("out of memory, and the snapshot can't be written to ", file);
      }
    } catch (const std::exception& e) {
      TORCH_WARN("out of memory, and there is no snapshot of it: ", e.what());
    }
  }

  std::mutex mutex_;
  std::string file_;
  const CudaPart* part_ = nullptr;
};

void require_fraction(double fraction) {
  if (fraction > 0 && fraction <= 1) return;
  invalid_argument(c10::str("expected a fraction above 0 and at most 1, got ", fraction));
}

}  // namespace
}  // namespace nx

nx_error* nx_device_memory_fraction(int32_t type, int32_t index, double* out) noexcept {
  *out = 0;
  return nx::guard([&] {
    const c10::Device device = nx::usable_accelerator(type, index);
    *out = nx::part_of(device).memory_fraction(device.index());
  });
}

nx_error* nx_device_set_memory_fraction(int32_t type, int32_t index, double fraction) noexcept {
  return nx::guard([&] {
    nx::require_fraction(fraction);
    const c10::Device device = nx::usable_accelerator(type, index);
    nx::part_of(device).set_memory_fraction(device.index(), fraction);
  });
}

nx_error* nx_device_record_history(int32_t type, int64_t entries) noexcept {
  return nx::guard([&] {
    if (entries < 0) nx::invalid_argument("expected 0 or more entries");
    nx::part_of_type(type).record_history(entries);
  });
}

nx_error* nx_device_snapshot(int32_t type, nx_value* out) noexcept {
  *out = {};
  return nx::guard([&] { nx::write_value(nx::part_of_type(type).snapshot(), out); });
}

nx_error* nx_device_snapshot_when_full(int32_t type, const char* path) noexcept {
  return nx::guard([&] {
    const nx::CudaPart& part = nx::part_of_type(type);
    nx::WhenFull::when_full().set(path == nullptr ? "" : path, part);
  });
}
