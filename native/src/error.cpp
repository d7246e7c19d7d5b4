#include "error.h"

#include <c10/util/Exception.h>
#include <torch/csrc/jit/frontend/error_report.h>
#include <torch/csrc/jit/runtime/jit_exception.h>

#include <new>
#include <string_view>

#include "handles.h"

namespace nx {
namespace {

// Stands for "no memory left to say that no memory is left": never freed.
nx_error* static_out_of_memory() {
  static nx_error error{NX_ERROR_OUT_OF_MEMORY, "out of memory", "out of memory"};
  return &error;
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

void strip_prefix(std::string_view& text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) == prefix) text = trim(text.substr(prefix.size()));
}

// The line that tells the cause: a TorchScript traceback has it last, everything else first.
std::string one_line(std::string_view detail) {
  std::string_view text = trim(detail);
  if (text.find("Traceback of TorchScript") != std::string_view::npos) {
    if (const auto marker = text.rfind("RuntimeError: "); marker != std::string_view::npos) {
      text = text.substr(marker);
    } else if (const auto last = text.rfind('\n'); last != std::string_view::npos) {
      text = text.substr(last + 1);
    }
  }
  text = trim(text.substr(0, text.find('\n')));
  strip_prefix(text, "RuntimeError: ");
  constexpr std::string_view kBug = "please report a bug to PyTorch.";
  if (const auto bug = text.find(kBug); bug != std::string_view::npos)
    return "internal error of libtorch: " + std::string(trim(text.substr(bug + kBug.size())));
  if (const auto end = text.find("] . ");
      text.rfind("[enforce fail at ", 0) == 0 && end != std::string_view::npos)
    text = text.substr(end + 4);
  return text.empty() ? "libtorch failed without a message" : std::string(text);
}

bool says_out_of_memory(std::string_view text) {
  // The CPU allocator throws a plain c10::Error, and a TorchScript traceback wraps whatever it was.
  return text.find("DefaultCPUAllocator: ") != std::string_view::npos ||
         text.find("out of memory") != std::string_view::npos;
}

nx_error* make(int32_t code, std::string message, std::string detail) {
  auto* error = new nx_error{code, std::move(message), std::move(detail)};
  count_handle(NX_HANDLE_ERROR, +1);
  return error;
}

nx_error* from_torch(int32_t code, const std::string& what) {
  return make(says_out_of_memory(what) ? NX_ERROR_OUT_OF_MEMORY : code, one_line(what), what);
}

nx_error* translate(int32_t torch_code) {
  try {
    throw;
  } catch (const Failure& e) {
    return make(e.code(), e.what(), e.what());
  } catch (const c10::OutOfMemoryError& e) {
    return make(NX_ERROR_OUT_OF_MEMORY, one_line(e.what_without_backtrace()),
                e.what_without_backtrace());
  } catch (const c10::NotImplementedError& e) {
    return make(NX_ERROR_UNSUPPORTED, one_line(e.what_without_backtrace()),
                e.what_without_backtrace());
  } catch (const c10::Error& e) {
    return from_torch(torch_code, e.what_without_backtrace());
  } catch (const std::bad_alloc&) {
    return static_out_of_memory();
  } catch (const std::exception& e) {
    return from_torch(torch_code, e.what());
  } catch (...) {
    return make(NX_ERROR_INTERNAL, "an exception of unknown type", "an exception of unknown type");
  }
}

}  // namespace

nx_error* current_exception_to_error(int32_t torch_code) noexcept {
  try {
    return translate(torch_code);
  } catch (...) {  // no memory for the message
    return static_out_of_memory();
  }
}

}  // namespace nx

int32_t nx_error_code(const nx_error* error) noexcept { return error->code; }

const char* nx_error_message(const nx_error* error) noexcept { return error->message.c_str(); }

const char* nx_error_detail(const nx_error* error) noexcept { return error->detail.c_str(); }

void nx_error_free(nx_error* error) noexcept {
  if (error == nullptr || error == nx::static_out_of_memory()) return;
  delete error;
  nx::count_handle(NX_HANDLE_ERROR, -1);
}
