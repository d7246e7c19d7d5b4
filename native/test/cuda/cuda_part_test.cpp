// What only CUDA's headers offer: its library opens, and answers with or without a GPU.
#include "cuda_part.h"

#include <ATen/ATen.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <c10/util/Exception.h>
#include <dlfcn.h>

#undef CHECK  // torch's logging has one too
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

bool is_skipped() {
  if (gpus() > 0) return false;
  std::fprintf(stderr, "  skipped: no GPU is visible to CUDA\n");
  return true;
}

// Two sessions in one memory.
void runs_are_recorded_and_replayed() {
  if (is_skipped()) return;
  const Module on_cpu = load("mlp");
  nx_module* moved = nullptr;
  succeeds(nx_module_to_device(on_cpu.get(), NX_DEVICE_CUDA, 0, &moved));
  const Module model(moved);
  std::vector<float> memory = ramp(16);
  const Tensor x = wrap(memory, {2, 8});
  nx_run_options options{};
  options.threads = 1;
  options.device_type = NX_DEVICE_CUDA;
  std::vector<Session> sessions;
  for (int i = 0; i < 2; ++i) {
    nx_session* session = nullptr;
    const nx_value argument = of(x);
    succeeds(nx_session_open(model.get(), "forward", &options, &argument, 1, &session));
    sessions.emplace_back(session);
    succeeds(nx_session_record(session, i == 0 ? nullptr : sessions[0].get(), 3));
  }
  const Session eager = open(on_cpu, {of(x)});
  for (int i = 0; i < 100; ++i) {
    memory[0] = static_cast<float>(i);
    const Output expected = run(eager);
    const Output replayed = run(sessions[static_cast<size_t>(i % 2)]);
    near(read(Output::tensor(replayed[0])), read(Output::tensor(expected[0])), 1e-4F);
  }
}

// A capture that failed leaves nothing behind: neither in the allocator nor in the generator.
void failed_recordings_end() {
  if (is_skipped()) return;
  const c10::Device device(c10::kCUDA, 0);
  const c10::impl::VirtualGuardImpl guard(c10::kCUDA);
  const c10::StreamGuard stream(guard.getStreamFromGlobalPool(device));
  const at::Tensor x = at::ones({1 << 20}, device);
  stream.current_stream().synchronize();
  const nx::Recording::Pool pool = part().record({}, [&] { x.add(1); })->pool();
  for (const bool waits : {false, true}) {
    for (const nx::Recording::Pool& memory : {nx::Recording::Pool(), pool}) {
      bool failed = false;
      try {
        part().record(memory, [&] {
          const at::Tensor y = x.add(at::rand_like(x));
          if (waits) y.sum().item();
          throw std::runtime_error("no more");
        });
      } catch (const std::exception&) {
        failed = true;
      }
      CHECK(failed);
    }
  }
  CHECK(at::rand({4}, device).sum().item<float>() >= 0);  // the generator is not in a capture
  at::Tensor out;
  const auto again = part().record(pool, [&] { out = x.add(1); });
  again->replay();
  CHECK(out[0].item<float>() == 2);
}

void memory_is_limited_and_pictured() {
  if (is_skipped()) return;
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
  RUN(runs_are_recorded_and_replayed);
  RUN(failed_recordings_end);
  RUN(memory_is_limited_and_pictured);
}
