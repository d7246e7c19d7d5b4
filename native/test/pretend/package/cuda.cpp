// CUDA's calls, by libtorch's way to the pretended devices. A stream is always the current one,
// which the runner passes. Page-locked staging, which libtorch does not use unasked, is refused.
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <c10/util/Exception.h>
#include <cuda.h>
#include <cuda_runtime_api.h>

#include <string>

struct PretendEvent {
  void* event = nullptr;
};

namespace {

thread_local std::string last_message;  // NOLINT(*-avoid-non-const-global-variables)

c10::impl::VirtualGuardImpl devices() {
  return c10::impl::VirtualGuardImpl(c10::DeviceType::PrivateUse1);
}

c10::Stream current_stream() { return devices().getStream(devices().getDevice()); }

template <class Body>
cudaError_t attempt(Body body) {
  try {
    body();
    return cudaSuccess;
  } catch (const c10::AcceleratorError& error) {
    last_message = error.what_without_backtrace();
    return error.get_error_code();
  } catch (const std::exception& error) {
    last_message = error.what();
    return cudaErrorNotSupported;
  }
}

// What waits for the device is not allowed while the current stream captures.
void synchronize() { devices().synchronizeStream(current_stream()); }

}  // namespace

CUresult cuModuleUnload(CUmodule /*module*/) { return CUDA_SUCCESS; }
CUresult cuGetErrorString(CUresult /*error*/, const char** text) {
  *text = "";
  return CUDA_SUCCESS;
}

const char* cudaGetErrorString(cudaError_t /*error*/) { return last_message.c_str(); }
cudaError_t cudaGetLastError() { return cudaSuccess; }

cudaError_t cudaGetDevice(int* device) {
  return attempt([&] { *device = devices().getDevice().index(); });
}

cudaError_t cudaSetDevice(int device) {
  return attempt([&] {
    devices().setDevice({c10::DeviceType::PrivateUse1, static_cast<c10::DeviceIndex>(device)});
  });
}

cudaError_t cudaMalloc(void** memory, size_t size) {
  return attempt([&] {
    synchronize();
    *memory = c10::GetAllocator(c10::DeviceType::PrivateUse1)->raw_allocate(size);
  });
}

cudaError_t cudaFree(void* memory) {
  return attempt([&] {
    synchronize();
    c10::GetAllocator(c10::DeviceType::PrivateUse1)->raw_deallocate(memory);
  });
}

cudaError_t cudaHostAlloc(void** /*memory*/, size_t /*size*/, unsigned /*flags*/) {
  return cudaErrorNotSupported;
}
cudaError_t cudaFreeHost(void* /*memory*/) { return cudaErrorNotSupported; }

cudaError_t cudaMemcpy(void* to, const void* from, size_t size, cudaMemcpyKind /*kind*/) {
  return attempt([&] {
    synchronize();
    c10::GetAllocator(c10::DeviceType::PrivateUse1)->copy_data(to, from, size);
    synchronize();
  });
}

cudaError_t cudaMemcpyAsync(void* /*to*/, const void* /*from*/, size_t /*size*/,
                            cudaMemcpyKind /*kind*/, cudaStream_t /*stream*/) {
  return cudaErrorNotSupported;
}
cudaError_t cudaPointerGetAttributes(cudaPointerAttributes* attributes, const void* /*memory*/) {
  attributes->type = cudaMemoryTypeDevice;
  return cudaSuccess;
}
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* /*stream*/, unsigned /*flags*/) {
  return cudaErrorNotSupported;
}

cudaError_t cudaStreamSynchronize(cudaStream_t /*stream*/) {
  return attempt([] { synchronize(); });
}

cudaError_t cudaEventCreate(cudaEvent_t* event) {
  *event = new PretendEvent;
  return cudaSuccess;
}
cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned /*flags*/) {
  return cudaEventCreate(event);
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t /*stream*/) {
  return attempt([&] {
    devices().record(&event->event, current_stream(), devices().getDevice().index(),
                     c10::EventFlag::PYTORCH_DEFAULT);
  });
}
cudaError_t cudaEventQuery(cudaEvent_t event) {
  bool is_done = false;
  const cudaError_t error = attempt([&] { is_done = devices().queryEvent(event->event); });
  return error == cudaSuccess && !is_done ? cudaErrorNotReady : error;
}
cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  return attempt([&] { devices().synchronizeEvent(event->event); });
}
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  devices().destroyEvent(event->event, devices().getDevice().index());
  delete event;
  return cudaSuccess;
}
