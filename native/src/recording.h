// A device's work recorded once and replayed as a whole (for CUDA: a graph), which spares the host
// the enqueuing of each operator.
#pragma once

#include <c10/core/Stream.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

namespace nx {

class Recording {
 public:
  // libtorch's name for the memory that a recording has its own tensors in; {0, 0}: none yet.
  using Pool = std::pair<uint64_t, uint64_t>;

  virtual ~Recording() = default;

  // Enqueues the work on the current stream; it reads and writes the memory that it was recorded
  // with.
  virtual void replay() = 0;

  [[nodiscard]] virtual Pool pool() = 0;

  // Records what `body` enqueues on the current stream, which is not the default one; nothing of it
  // is run. Recordings that have a pool in common must be replayed one after the other.
  static std::unique_ptr<Recording> of(c10::Device device, Pool pool,
                                       const std::function<void()>& body);

  // A failure where libtorch can't record work of such a device.
  static void require_supported(c10::Device device);
};

// The memory of one recording, or of several.
struct RecordingMemory {
  Recording::Pool pool;
  std::mutex mutex;            // held while a result is made, and while it is read
  const void* user = nullptr;  // who was the last to replay: the results of all others are gone
};

// Whether this thread records what it enqueues on a stream at present.
bool is_recording(const c10::Stream& stream);

}  // namespace nx
