#include "capture.h"

#include <algorithm>
#include <utility>

#include "error.h"

namespace pretend {

void Capture::join(Queue& queue, const Progress& after) {
  {
    const std::lock_guard lock(mutex_);
    check(!released_, Code::captured_event,
          "operation not permitted on an event last recorded in a capturing stream");
    Progress& known = streams_[&queue];
    for (const auto& [other, steps] : after) known[other] = std::max(known[other], steps);
  }
  queue.set_capture(shared_from_this());
}

void Capture::add(Queue& queue, Step step) {
  const std::lock_guard lock(mutex_);
  steps_.push_back(std::move(step));
  ++streams_[&queue][&queue];
}

Progress Capture::progress(Queue& queue) {
  const std::lock_guard lock(mutex_);
  return streams_[&queue];
}

void Capture::spoil() {
  const std::lock_guard lock(mutex_);
  spoilt_ = true;
}

void Capture::release() {
  std::vector<Queue*> queues;
  {
    const std::lock_guard lock(mutex_);
    released_ = true;
    for (const auto& [queue, progress] : streams_) queues.push_back(queue);
  }
  // Not under the lock: a stream that enqueues holds its own before it takes ours.
  for (Queue* queue : queues) queue->set_capture(nullptr);
}

std::vector<Step> Capture::finish(Queue& origin) {
  const std::lock_guard lock(mutex_);
  check(!spoilt_, Code::capture_invalidated,
        "operation failed due to a previous error during capture");
  const Progress& seen = streams_[&origin];
  for (const auto& [queue, progress] : streams_) {
    const auto own = progress.find(queue);
    if (own == progress.end()) continue;
    const auto waited = seen.find(queue);
    check(waited != seen.end() && waited->second >= own->second, Code::capture_unjoined,
          "capturing stream has unjoined work");
  }
  return std::move(steps_);
}

void refuse_in_capture(Queue& queue) {
  const std::shared_ptr<Capture> capture = queue.capture();
  if (capture == nullptr) return;
  capture->spoil();
  fail(Code::capture_unsupported, "operation not permitted when stream is capturing");
}

}  // namespace pretend
