// What streams do between the begin and the end of a capture: it is written down and not done.
#pragma once

#include <c10/core/CachingDeviceAllocator.h>

#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "queue.h"

namespace pretend {

// How much of each stream's part of the capture comes before some point.
using Progress = std::map<const Queue*, uint64_t>;

class Capture : public std::enable_shared_from_this<Capture> {
 public:
  // The pool is where allocations on the capture's streams come from.
  explicit Capture(const c10::MempoolId_t& pool) : pool_(pool) {}

  // The stream takes part from here on; after what the progress says, if it comes to it by an
  // event.
  void join(Queue& queue, const Progress& after);
  void add(Queue& queue, Step step);
  // What an event that is recorded on this stream now stands for.
  Progress progress(Queue& queue);
  // Something was done that a capture does not allow: its end will throw.
  void spoil();
  // Lets all its streams go; no other may join then.
  void release();
  // The steps, in an order that holds to all events. Throws if it is spoilt, or if the origin has
  // not waited for all of the others' work.
  std::vector<Step> finish(Queue& origin);

  const c10::MempoolId_t& pool() const { return pool_; }

 private:
  const c10::MempoolId_t pool_;
  std::mutex mutex_;
  std::vector<Step> steps_;
  std::map<Queue*, Progress> streams_;
  bool spoilt_ = false;
  bool released_ = false;
};

// For what can't be recorded: throws, and spoils the capture, if the stream takes part in one.
void refuse_in_capture(Queue& queue);

}  // namespace pretend
