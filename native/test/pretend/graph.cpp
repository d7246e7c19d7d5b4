// Captured work that can be run again and again.
#include <ATen/core/GraphImplInterface.h>

#include <atomic>
#include <fstream>
#include <memory>
#include <utility>
#include <vector>

#include "capture.h"
#include "device_memory.h"
#include "error.h"
#include "streams.h"

namespace pretend {
namespace {

// A host call is refused during a capture if it would wait for a stream of the capture or for its
// whole device, in every mode.
class Graph final : public at::GraphImplInterface {
 public:
  explicit Graph(const at::GraphImplArgs& arguments) : keep_graph_(arguments.keep_graph) {}
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;
  ~Graph() override { forget(); }

  void capture_begin(c10::MempoolId_t pool, at::GraphCaptureMode /*mode*/) override {
    TORCH_CHECK(capture_ == nullptr && steps_ == nullptr,
                "this graph holds a capture already: reset it first");
    const c10::DeviceIndex device = current_device();
    const c10::Stream stream = current_stream(device);
    TORCH_CHECK(stream.id() != 0,
                "a graph must be captured on another stream than the default one");
    refuse_in_capture(queue_of(stream));
    static std::atomic<c10::CaptureId_t> captures{0};
    pool_ = pool == c10::MempoolId_t{0, 0} ? c10::MempoolId_t{++captures, 0} : pool;
    device_ = device;
    DeviceMemory::instance().hold_pool(device_, pool_);
    origin_ = &queue_of(stream);
    capture_ = std::make_shared<Capture>(pool_);
    capture_->join(*origin_, {});
  }

  void capture_end() override {
    TORCH_CHECK(capture_ != nullptr, "no capture has been begun");
    check(&current_queue(device_) == origin_, Code::capture_unmatched,
          "a capture must end on the stream on which it began");
    const std::shared_ptr<Capture> capture = std::exchange(capture_, nullptr);
    capture->release();
    try {
      steps_ = std::make_shared<const std::vector<Step>>(capture->finish(*origin_));
    } catch (...) {
      forget();
      throw;
    }
    if (!keep_graph_) instantiate();
  }

  void instantiate() override {
    check_captured();
    instantiated_ = true;
  }

  void replay() override {
    check_captured();
    if (!instantiated_) instantiate();
    int64_t tasks = 0;
    for (const Step& step : *steps_) tasks += step.tasks;
    current_queue(device_).enqueue({"graph",
                                    [steps = steps_] {
                                      for (const Step& step : *steps) step.run();
                                    },
                                    tasks});
  }

  void reset() override { forget(); }

  c10::MempoolId_t pool() const override {
    check_captured();
    return pool_;
  }

  void enable_debug_mode() override {}

  void debug_dump(const std::string& path) override {
    check_captured();
    std::ofstream file(path);
    for (const Step& step : *steps_) file << step.name << '\n';
    TORCH_CHECK(file.good(), "can't write ", path);
  }

 private:
  void check_captured() const { TORCH_CHECK(steps_ != nullptr, "nothing has been captured"); }

  void forget() {
    if (capture_ != nullptr) std::exchange(capture_, nullptr)->release();
    steps_ = nullptr;
    instantiated_ = false;
    if (origin_ != nullptr) DeviceMemory::instance().release_pool(device_, pool_);
    origin_ = nullptr;
  }

  const bool keep_graph_;
  c10::DeviceIndex device_ = 0;
  c10::MempoolId_t pool_{0, 0};
  // The stream on which the capture began; null while there is none.
  Queue* origin_ = nullptr;
  std::shared_ptr<Capture> capture_;
  std::shared_ptr<const std::vector<Step>> steps_;
  bool instantiated_ = false;
};

// The key is the name that libtorch gives the device.
using at::GraphImplRegistry;
using at::RegistererGraphImplRegistry;
C10_REGISTER_CLASS(GraphImplRegistry, PRIVATEUSEONE, Graph)

}  // namespace
}  // namespace pretend
