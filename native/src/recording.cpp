#include "recording.h"

#include "error.h"
#include "torch_versions.h"

namespace nx {

#if NX_HAS_GRAPHS
namespace {

class AcceleratorGraph final : public Recording {
 public:
  explicit AcceleratorGraph(const std::function<void()>& body) {
    // Other threads go on meanwhile, and may do what would not be allowed on this one.
    graph_.capture_begin({0, 0}, at::GraphCaptureMode::ThreadLocal);
    try {
      body();
    } catch (...) {
      attempt([&] { graph_.capture_end(); });  // what went wrong in the body tells more
      throw;
    }
    graph_.capture_end();
  }

  void replay() override { graph_.replay(); }

 private:
  at::accelerator::Graph graph_;
};

}  // namespace

std::unique_ptr<Recording> Recording::of(c10::Device device, const std::function<void()>& body) {
  require_supported(device);
  return std::make_unique<AcceleratorGraph>(body);
}

void Recording::require_supported(c10::Device device) {
  if (at::has_graph_impl(device.type()) && at::getAccelerator() == device.type()) return;
  throw Failure(NX_ERROR_UNSUPPORTED,
                "this libtorch can't record work of " + device.str() + " by its neutral calls");
}

bool is_recording(const c10::Stream& stream) { return stream.is_capturing(); }
#else
std::unique_ptr<Recording> Recording::of(c10::Device device,
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
