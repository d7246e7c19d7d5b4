// What pretend.h sets and counts.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace pretend {

// Tasks that are held when they would start.
class Hold {
 public:
  // PRETEND_*, added up.
  void set(int kinds);
  // Waits while tasks of this kind are held.
  void pass(int kind);
  int64_t count();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int kinds_ = 0;
  int64_t count_ = 0;
};

struct Settings {
  std::atomic<int64_t> delay_micros{0};
  std::atomic<int64_t> tasks{0};
  std::atomic<int> fill_freed{-1};
  Hold hold;
};

Settings& settings();

}  // namespace pretend
