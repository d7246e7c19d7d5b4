// What pretend.h sets and counts.
#pragma once

#include <atomic>
#include <cstdint>

namespace pretend {

struct Settings {
  std::atomic<int64_t> delay_micros{0};
  std::atomic<int64_t> tasks{0};
  std::atomic<int> fill_freed{-1};
};

Settings& settings();

}  // namespace pretend
