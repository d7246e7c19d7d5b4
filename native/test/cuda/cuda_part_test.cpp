// What only CUDA's headers offer: its library opens, and answers with or without a GPU.
#include "cuda_part.h"

#include <c10/util/Exception.h>
#include <dlfcn.h>

#include "support.h"

using namespace test;

namespace {

int64_t gpus() {
  int64_t count = 0;
  succeeds(nx_device_count(NX_DEVICE_CUDA, &count));
  return count;
}

const nx::CudaPart& part() {
  void* library = dlopen(NARTHEX_CUDA, RTLD_NOW);
  CHECK(library != nullptr);
  using Entry = const nx::CudaPart* (*)();
  const auto entry = reinterpret_cast<Entry>(dlsym(library, nx::kCudaPartSymbol));
  CHECK(entry != nullptr);
  return *entry();
}

// libtorch that is asked about itself before its part for CUDA is there has no CUDA from then on.
void the_library_opens() {
  Output info;
  succeeds(nx_torch_info(info.out()));
  gpus();
  CHECK(part().version == nx::kCudaPartVersion);
}

// The shim asks for the device first; who does not is told by libtorch.
void without_a_gpu_calls_fail() {
  if (gpus() > 0) return;
  double fraction = 0;
  contains(fails(NX_ERROR_UNSUPPORTED, nx_device_memory_fraction(NX_DEVICE_CUDA, 0, &fraction)),
           "no GPU is visible to CUDA");
  const auto refuses = [](auto call) {
    try {
      call();
    } catch (const c10::Error& error) {
      const std::string message = error.what_without_backtrace();
      CHECK(message.find("ATen_cuda library") == std::string::npos);
      return true;
    }
    return false;
  };
  CHECK(refuses([] { part().memory_fraction(0); }));
  CHECK(refuses([] { part().set_memory_fraction(0, 0.5); }));
  CHECK(refuses([] { part().record_history(100); }));
}

void memory_is_limited_and_pictured() {
  if (gpus() == 0) {
    std::fprintf(stderr, "  skipped: no GPU is visible to CUDA\n");
    return;
  }
  double fraction = 0;
  succeeds(nx_device_set_memory_fraction(NX_DEVICE_CUDA, 0, 0.5));
  succeeds(nx_device_memory_fraction(NX_DEVICE_CUDA, 0, &fraction));
  CHECK(fraction == 0.5);
  succeeds(nx_device_set_memory_fraction(NX_DEVICE_CUDA, 0, 1));
  succeeds(nx_device_record_history(NX_DEVICE_CUDA, 1000));
  nx_tensor* out = nullptr;
  const int64_t size = 1 << 20;
  succeeds(nx_tensor_empty(NX_DTYPE_FLOAT32, NX_DEVICE_CUDA, 0, &size, 1, &out));
  const Tensor tensor(out);
  Output snapshot;
  succeeds(nx_device_snapshot(NX_DEVICE_CUDA, snapshot.out()));
  contains(text(snapshot.value()), "device_traces");
  contains(text(snapshot.value()), "segment_alloc");
  succeeds(nx_device_record_history(NX_DEVICE_CUDA, 0));
}

}  // namespace

int main() {
  RUN(the_library_opens);
  RUN(without_a_gpu_calls_fail);
  RUN(memory_is_limited_and_pictured);
}
