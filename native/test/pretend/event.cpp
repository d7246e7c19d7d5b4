#include "event.h"

#include <chrono>
#include <condition_variable>
#include <utility>

#include "capture.h"
#include "error.h"

namespace pretend {

struct Recording {
  c10::DeviceIndex device = 0;
  // Of one that is part of a capture: such a one is never reached.
  std::shared_ptr<Capture> capture;
  Progress progress;

  std::mutex mutex;
  std::condition_variable changed;
  bool reached = false;
  std::chrono::steady_clock::time_point time;

  void reach() {
    const std::lock_guard lock(mutex);
    reached = true;
    time = std::chrono::steady_clock::now();
    changed.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return reached; });
  }
  bool is_reached() {
    const std::lock_guard lock(mutex);
    return reached;
  }
};

namespace {

// The host can't know when a captured event is reached: it would ask the graph's replays.
void check_not_captured(const Recording& recording) {
  if (recording.capture == nullptr) return;
  recording.capture->spoil();
  fail(Code::captured_event,
       "operation not permitted on an event last recorded in a capturing stream");
}

}  // namespace

std::shared_ptr<Recording> Event::last() {
  const std::lock_guard lock(mutex_);
  return last_;
}

void Event::record(Queue& queue) {
  auto recording = std::make_shared<Recording>();
  recording->device = queue.device();
  recording->capture = queue.capture();
  if (recording->capture != nullptr) {
    recording->progress = recording->capture->progress(queue);
  } else {
    queue.mark([recording] { recording->reach(); });
  }
  const std::lock_guard lock(mutex_);
  last_ = std::move(recording);
}

void Event::block(Queue& queue) {
  const std::shared_ptr<Recording> recording = last();
  if (recording == nullptr) return;
  const std::shared_ptr<Capture> capture = queue.capture();
  if (recording->capture == nullptr) {
    if (capture != nullptr) {
      capture->spoil();
      fail(Code::capture_isolation,
           "a capturing stream can't wait for an event that was recorded outside of the capture");
    }
    queue.await([recording] { recording->wait(); });
    return;
  }
  if (capture != nullptr && capture != recording->capture) {
    capture->spoil();
    recording->capture->spoil();
    fail(Code::capture_merge, "two captures can't wait for each other");
  }
  recording->capture->join(queue, recording->progress);
}

bool Event::query() {
  const std::shared_ptr<Recording> recording = last();
  if (recording == nullptr) return true;
  check_not_captured(*recording);
  return recording->is_reached();
}

void Event::synchronize() {
  const std::shared_ptr<Recording> recording = last();
  if (recording == nullptr) return;
  check_not_captured(*recording);
  recording->wait();
  throw_task_error(recording->device);
}

double Event::millis_since(Event& start) {
  const std::shared_ptr<Recording> from = start.last();
  const std::shared_ptr<Recording> to = last();
  check(from != nullptr && to != nullptr && from->is_reached() && to->is_reached(),
        Code::invalid_value, "the time between two events is known once both are complete");
  return std::chrono::duration<double, std::milli>(to->time - from->time).count();
}

}  // namespace pretend
