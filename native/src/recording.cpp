#include "recording.h"

#include "cuda_part.h"
#include "error.h"
#include "torch_versions.h"

namespace nx {

#if NX_HAS_GRAPHS
namespace {

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

}  // namespace

std::unique_ptr<Recording> Recording::of(c10::Device device, Pool pool,
                                         const std::function<void()>& body) {
  if (is_neutral(device)) return std::make_unique<NeutralRecording>(pool, body);
  return cuda_part().record(pool, body);
}

void Recording::require_supported(c10::Device device) {
  if (is_neutral(device)) return;
  if (!device.is_cuda()) {
    throw Failure(NX_ERROR_UNSUPPORTED,
                  "this libtorch can't record work of " + device.str() + " by its neutral calls");
  }
  cuda_part();
}

bool is_recording(const c10::Stream& stream) { return stream.is_capturing(); }
#else
std::unique_ptr<Recording> Recording::of(c10::Device device, Pool /*pool*/,
                                         const std::function<void()>& /*body*/) {
  require_supported(device);
  return nullptr;
}

void Recording::require_supported(c10::Device /*device*/) {
  throw Failure(NX_ERROR_UNSUPPORTED,
                "recording needs libtorch 2.15 or later, this is " + std::string(TORCH_VERSION));
}

bool is_recording(const c10::Stream& /*stream*/) { return false; }
#endif

}  // namespace nx
