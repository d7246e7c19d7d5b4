// Streams of work on a device, and when what one of them makes may be used elsewhere.
//
// Single operators run on their device's default stream; calls of models on the stream they are
// given. A handle of a tensor that was made on another stream than the default one remembers the
// end of that work: whoever reads the handle has the stream it works on wait for it, on the device
// and not on the host, so that no result is read before it is there.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/ivalue.h>
#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>

#include <memory>
#include <mutex>
#include <optional>

#include "narthex.h"

struct nx_event {
  c10::Event event;
};

namespace nx {

// The stream by its codes; nothing where they name none.
std::optional<c10::Stream> to_stream(const nx_stream& stream);
nx_stream from_stream(const c10::Stream& stream) noexcept;

// The end of what a stream has to do so far.
class Pending {
 public:
  explicit Pending(const c10::Stream& stream);

  // What the current stream of a device has to do; null for the default stream.
  static std::shared_ptr<const Pending> of_current(c10::Device device);

  // Before the tensor is used on the current stream of its device.
  void settle(const at::Tensor& tensor) const;

 private:
  c10::Stream stream_;
  c10::Event event_;
};

c10::Stream default_stream(c10::Device device);

// The next stream of libtorch's pool for a device.
c10::Stream pool_stream(c10::Device device, bool high_priority);

// The one stream of a device's pool that is given to nobody but who records, one at a time.
class RecordingStream {
 public:
  explicit RecordingStream(c10::Device device);
  [[nodiscard]] const c10::Stream& stream() const { return stream_; }

 private:
  std::unique_lock<std::mutex> turn_;
  c10::Stream stream_;
};

// While it is held, nobody records: as long as a stream of it does, CUDA lets nobody wait for the
// whole device, and ends the recording.
std::unique_lock<std::mutex> no_recordings();

// Has a stream wait, on the device, for what another one has to do so far.
void wait_for(const c10::Stream& waiting, const c10::Stream& other);

// Tells the memory of a tensor that a stream uses it, so that it is not given to others before that
// stream is done.
void record_use(const at::Tensor& tensor, const c10::Stream& stream);

// The stream that a call works on, as the current one and with its device; none leaves both.
class StreamScope {
 public:
  explicit StreamScope(const std::optional<c10::Stream>& stream) {
    if (stream) guard_.emplace(*stream);
  }

  // Before work on these values: what the default stream still does to them is waited for, and
  // their memory is kept. Nothing where there is no stream.
  void take(const std::vector<c10::IValue>& values) const;

 private:
  std::optional<c10::StreamGuard> guard_;
};

}  // namespace nx
