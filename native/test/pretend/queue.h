// A stream's work: steps that a thread of its own runs in the order in which they came.
#pragma once

#include <c10/core/Device.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "pretend.h"

namespace pretend {

class Capture;

struct Step {
  std::string name;
  std::function<void()> run;
  // How many tasks it counts as; one that counts as none does not sleep first.
  int64_t tasks = 1;
  int kind = PRETEND_OTHERS;
};

class Queue {
 public:
  explicit Queue(c10::DeviceIndex device) : device_(device) {}

  // Takes the step in; while the stream captures, it is recorded and not run. Memory that the step
  // uses must stay mapped until it has run: it owns none, as a kernel does not.
  void enqueue(Step step);
  // What the graph does not record: an event that is now reached, and one to wait for.
  void mark(std::function<void()> reached);
  void await(std::function<void()> reached);

  // How many steps have been taken in so far, and whether that many have run.
  uint64_t position();
  bool passed(uint64_t position);
  // Waits until all that is taken in has run.
  void drain();

  std::shared_ptr<Capture> capture();
  void set_capture(std::shared_ptr<Capture> capture);

  // Lets the step that runs end and starts no more: for the end of the process.
  void halt();
  c10::DeviceIndex device() const { return device_; }

 private:
  struct Item {
    Step step;
    bool waits = false;
  };
  void push(Item item);
  void work();

  const c10::DeviceIndex device_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Item> items_;
  std::shared_ptr<Capture> capture_;
  uint64_t taken_ = 0;
  uint64_t run_ = 0;
  bool started_ = false;
  bool computing_ = false;
  bool halted_ = false;
};

// Throws the first error of the device's tasks that has not been thrown yet.
void throw_task_error(c10::DeviceIndex device);

}  // namespace pretend
