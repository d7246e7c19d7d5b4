// A device's work recorded once and replayed as a whole (for CUDA: a graph), which spares the host
// the enqueuing of each operator.
#pragma once

#include <c10/core/Stream.h>

#include <functional>
#include <memory>

namespace nx {

class Recording {
 public:
  virtual ~Recording() = default;

  // Enqueues the work on the current stream; it reads and writes the memory that it was recorded
  // with.
  virtual void replay() = 0;

  // Records what `body` enqueues on the current stream, which is not the default one; nothing of it
  // is run. The recording has the memory of its own tensors.
  static std::unique_ptr<Recording> of(c10::Device device, const std::function<void()>& body);

  // A failure where libtorch can't record work of such a device.
  static void require_supported(c10::Device device);
};

// Whether a stream records at present.
bool is_recording(const c10::Stream& stream);

}  // namespace nx
