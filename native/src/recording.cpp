#include "recording.h"

#include <optional>

#include "cuda_part.h"
#include "device.h"
#include "error.h"
#include "torch_versions.h"

namespace nx {
namespace {

// What this thread records at present, if it does.
thread_local std::optional<c10::Stream> recorded_now;

class Recorded {
 public:
  explicit Recorded(c10::Device device) { recorded_now = guard_of(device).getStream(device); }
  ~Recorded() { recorded_now.reset(); }
  Recorded(const Recorded&) = delete;
  Recorded& operator=(const Recorded&) = delete;
};

#if NX_HAS_GRAPHS
// By libtorch's calls that are the same for all kinds of devices, where the device's part answers
// to them; CUDA's does not.
class NeutralRecording final : public Recording {
 public:
  NeutralRecording(Pool pool, const std::function<void()>& body) {
    // Other threads go on meanwhile, and may do what would not be allowed on this one.
    graph_.capture_begin(pool, at::GraphCaptureMode::ThreadLocal);
    try {
      body();
    } catch (...) {
      attempt([&] { graph_.capture_end(); });  // what went wrong in the body tells more
      throw;
    }
    graph_.capture_end();
  }

  void replay() override { graph_.replay(); }
  Pool pool() override { return graph_.pool(); }

 private:
  at::accelerator::Graph graph_;
};

bool is_neutral(c10::Device device) {
  return at::has_graph_impl(device.type()) && at::getAccelerator() == device.type();
}

std::unique_ptr<Recording> record_neutrally(Recording::Pool pool,
                                            const std::function<void()>& body) {
  return std::make_unique<NeutralRecording>(pool, body);
}
#else
bool is_neutral(c10::Device /*device*/) { return false; }

std::unique_ptr<Recording> record_neutrally(Recording::Pool /*pool*/,
                                            const std::function<void()>& /*body*/) {
  return nullptr;
}
#endif

}  // namespace

std::unique_ptr<Recording> Recording::of(c10::Device device, Pool pool,
                                         const std::function<void()>& body) {
  const Recorded now(device);
  return is_neutral(device) ? record_neutrally(pool, body) : cuda_part().record(pool, body);
}

void Recording::require_supported(c10::Device device) {
  if (is_neutral(device)) return;
  if (!device.is_cuda()) {
    throw Failure(NX_ERROR_UNSUPPORTED,
                  "this libtorch can't record work of " + device.str() + " by its neutral calls");
  }
  cuda_part();
}

bool is_recording(const c10::Stream& stream) { return recorded_now == stream; }

}  // namespace nx
