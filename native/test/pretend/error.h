// The device's errors, with the numbers that CUDA gives them.
#pragma once

#include <c10/util/Exception.h>

#include <cstdint>
#include <string>

namespace pretend {

enum class Code : int32_t {
  invalid_value = 1,
  invalid_device = 101,
  task_failed = 710,
  capture_unsupported = 900,
  capture_invalidated = 901,
  capture_merge = 902,
  capture_unmatched = 903,
  capture_unjoined = 904,
  capture_isolation = 905,
  captured_event = 907,
};

[[noreturn]] inline void fail(Code code, const std::string& message) {
  throw c10::AcceleratorError({__func__, __FILE__, static_cast<uint32_t>(__LINE__)},
                              static_cast<int32_t>(code), "privateuseone error: " + message);
}

inline void check(bool holds, Code code, const std::string& message) {
  if (!holds) fail(code, message);
}

}  // namespace pretend
