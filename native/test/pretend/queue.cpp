#include "queue.h"

#include <c10/core/InferenceMode.h>

#include <chrono>
#include <exception>
#include <thread>
#include <utility>

#include "capture.h"
#include "error.h"
#include "settings.h"
#include "streams.h"

namespace pretend {
namespace {

// The first error of a device's tasks: a task has no caller to throw to.
struct Failure {
  std::mutex mutex;
  std::string message;
};

Failure& failure(c10::DeviceIndex device) {
  static auto* const failures = new std::array<Failure, device_count>;
  return failures->at(static_cast<size_t>(device));
}

void keep_error(c10::DeviceIndex device, const std::string& step) {
  std::string message;
  try {
    throw;
  } catch (const c10::Error& error) {
    message = error.what_without_backtrace();
  } catch (const std::exception& error) {
    message = error.what();
  }
  Failure& kept = failure(device);
  const std::lock_guard lock(kept.mutex);
  if (kept.message.empty()) kept.message = step + " failed: " + message;
}

}  // namespace

void throw_task_error(c10::DeviceIndex device) {
  Failure& kept = failure(device);
  std::string message;
  {
    const std::lock_guard lock(kept.mutex);
    std::swap(message, kept.message);
  }
  check(message.empty(), Code::task_failed, message);
}

void Queue::push(Item item) {
  if (!started_) {
    started_ = true;
    std::thread([this] { work(); }).detach();
  }
  items_.push_back(std::move(item));
  ++taken_;
  changed_.notify_all();
}

void Queue::enqueue(Step step) {
  const std::lock_guard lock(mutex_);
  if (capture_ != nullptr) {
    capture_->add(*this, std::move(step));
  } else {
    push({std::move(step), false});
  }
}

void Queue::mark(std::function<void()> reached) {
  const std::lock_guard lock(mutex_);
  push({{"event", std::move(reached), 0}, false});
}

void Queue::await(std::function<void()> reached) {
  const std::lock_guard lock(mutex_);
  push({{"wait", std::move(reached), 0}, true});
}

uint64_t Queue::position() {
  const std::lock_guard lock(mutex_);
  return taken_;
}

bool Queue::passed(uint64_t position) {
  const std::lock_guard lock(mutex_);
  return run_ >= position;
}

void Queue::drain() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this, target = taken_] { return run_ >= target || halted_; });
}

std::shared_ptr<Capture> Queue::capture() {
  const std::lock_guard lock(mutex_);
  return capture_;
}

void Queue::set_capture(std::shared_ptr<Capture> capture) {
  const std::lock_guard lock(mutex_);
  capture_ = std::move(capture);
}

void Queue::halt() {
  std::unique_lock lock(mutex_);
  halted_ = true;
  changed_.notify_all();
  changed_.wait(lock, [this] { return !computing_; });
}

void Queue::work() {
  // Tasks have nothing to do with gradients.
  const c10::InferenceMode inference;
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return !items_.empty() && !halted_; });
    Item item = std::move(items_.front());
    items_.pop_front();
    computing_ = !item.waits;
    lock.unlock();
    try {
      if (item.step.tasks > 0) {
        settings().hold.pass(item.step.kind);
        std::this_thread::sleep_for(std::chrono::microseconds(settings().delay_micros));
      }
      item.step.run();
    } catch (...) {
      keep_error(device_, item.step.name);
    }
    settings().tasks += item.step.tasks;
    // What the step holds goes before it counts as run.
    item = {};
    lock.lock();
    computing_ = false;
    ++run_;
    changed_.notify_all();
  }
}

}  // namespace pretend
