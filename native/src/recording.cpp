#include "recording.h"

#include "error.h"
#include "torch_versions.h"

namespace nx {

#if NX_HAS_GRAPHS
namespace {

class Graph final : public Recording {
 public:
  Graph(const std::function<void()>& body, const Graph* shares) {
    // Other threads go on meanwhile, and may do what would not be allowed on this one.
    graph_.capture_begin(shares == nullptr ? at::MempoolId_t{0, 0} : shares->graph_.pool(),
                         at::GraphCaptureMode::ThreadLocal);
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

std::unique_ptr<Recording> Recording::of(const std::function<void()>& body,
                                         const Recording* shares) {
  return std::make_unique<Graph>(body, dynamic_cast<const Graph*>(shares));
}

bool is_recording(const c10::Stream& stream) { return stream.is_capturing(); }
#else
std::unique_ptr<Recording> Recording::of(const std::function<void()>& /*body*/,
                                         const Recording* /*shares*/) {
  throw Failure(NX_ERROR_UNSUPPORTED,
                "graphs need libtorch 2.12 or later, this is " + std::string(TORCH_VERSION));
}

bool is_recording(const c10::Stream& /*stream*/) { return false; }
#endif

}  // namespace nx
