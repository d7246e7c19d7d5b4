// Errors that cross the C interface, and the guard that keeps C++ exceptions inside it.
#pragma once

#include <exception>
#include <string>

#include "narthex.h"

struct nx_error {
  int32_t code;
  std::string message;  // one line
  std::string detail;   // everything libtorch said
};

namespace nx {

// What the shim itself throws: a code and a one-line message.
class Failure : public std::exception {
 public:
  Failure(int32_t code, std::string message) : code_(code), message_(std::move(message)) {}
  int32_t code() const noexcept { return code_; }
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  int32_t code_;
  std::string message_;
};

[[noreturn]] inline void invalid_argument(std::string message) {
  throw Failure(NX_ERROR_INVALID_ARGUMENT, std::move(message));
}

// The error for the exception being handled. `torch_code` is the code of what libtorch throws. Call
// in a catch block.
nx_error* current_exception_to_error(int32_t torch_code) noexcept;

// Runs the body of an entry point: NULL, or the error that its exception became.
template <class Body>
nx_error* guard(Body&& body, int32_t torch_code = NX_ERROR_OPERATOR) noexcept {
  try {
    body();
    return nullptr;
  } catch (...) {
    return current_exception_to_error(torch_code);
  }
}

// Runs what is worth no error of its own, such as a wait for a device that has failed. Whether it
// succeeded.
template <class Body>
bool attempt(Body&& body) noexcept {
  try {
    body();
    return true;
  } catch (...) {
    return false;
  }
}

}  // namespace nx
