// Events: points in streams that others wait for.
#pragma once

#include <memory>
#include <mutex>

#include "queue.h"

namespace pretend {

struct Recording;

class Event {
 public:
  // Everything below is about the last record; an event that was never recorded is complete.
  void record(Queue& queue);
  void block(Queue& queue);
  bool query();
  void synchronize();
  // From the start to this event, both complete.
  double millis_since(Event& start);

 private:
  std::shared_ptr<Recording> last();

  std::mutex mutex_;
  std::shared_ptr<Recording> last_;
};

}  // namespace pretend
