// What the tests share: handles that free themselves, values in and out, expectations.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "check.h"
#include "narthex.h"

namespace test {

template <auto free>
struct Freed {
  template <class T>
  void operator()(T* handle) const {
    free(handle);
  }
};
using Tensor = std::unique_ptr<nx_tensor, Freed<nx_tensor_free>>;
using Module = std::unique_ptr<nx_module, Freed<nx_module_free>>;
using Session = std::unique_ptr<nx_session, Freed<nx_session_free>>;
using Trace = std::unique_ptr<nx_trace, Freed<nx_trace_free>>;

inline void succeeds(nx_error* error) {
  if (error == nullptr) return;
  std::fprintf(stderr, "failed with code %d: %s\n", nx_error_code(error), nx_error_message(error));
  std::exit(1);
}

// The message of a call that must fail with that code.
inline std::string fails(int32_t code, nx_error* error) {
  CHECK(error != nullptr);
  std::string message = nx_error_message(error);
  if (nx_error_code(error) != code) {
    std::fprintf(stderr, "code %d, expected %d: %s\n", nx_error_code(error), code, message.c_str());
    std::exit(1);
  }
  CHECK(!message.empty() && message.find('\n') == std::string::npos);
  CHECK(std::strlen(nx_error_detail(error)) > 0);
  nx_error_free(error);
  return message;
}

inline void contains(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return;
  std::fprintf(stderr, "'%s' does not contain '%s'\n", text.c_str(), part.c_str());
  std::exit(1);
}

inline void near(const std::vector<float>& actual, const std::vector<float>& expected,
                 float tolerance = 1e-5F) {
  CHECK(actual.size() == expected.size());
  for (size_t i = 0; i < actual.size(); ++i) {
    if (std::fabs(actual[i] - expected[i]) <= tolerance) continue;
    std::fprintf(stderr, "element %zu: %g, expected %g\n", i, actual[i], expected[i]);
    std::exit(1);
  }
}

// ---- Tensors

inline nx_tensor_info describe(const Tensor& tensor) {
  nx_tensor_info info;
  succeeds(nx_tensor_describe(tensor.get(), 0, &info, nullptr, nullptr));
  return info;
}

inline std::vector<int64_t> sizes(const Tensor& tensor) {
  std::vector<int64_t> sizes(8);
  std::vector<int64_t> strides(8);
  nx_tensor_info info;
  succeeds(nx_tensor_describe(tensor.get(), 8, &info, sizes.data(), strides.data()));
  sizes.resize(static_cast<size_t>(info.rank));
  return sizes;
}

template <class T>
int32_t dtype_of() {
  if constexpr (std::is_same_v<T, float>) return NX_DTYPE_FLOAT32;
  if constexpr (std::is_same_v<T, double>) return NX_DTYPE_FLOAT64;
  if constexpr (std::is_same_v<T, int32_t>) return NX_DTYPE_INT32;
  if constexpr (std::is_same_v<T, int64_t>) return NX_DTYPE_INT64;
  if constexpr (std::is_same_v<T, uint8_t>) return NX_DTYPE_UINT8;
  if constexpr (std::is_same_v<T, uint16_t>) return NX_DTYPE_UINT16;
}

// A tensor in libtorch's memory.
template <class T = float>
Tensor tensor(const std::vector<int64_t>& shape, const std::vector<T>& data) {
  nx_tensor* out = nullptr;
  succeeds(nx_tensor_empty(dtype_of<T>(), NX_DEVICE_CPU, -1, shape.data(),
                           static_cast<int64_t>(shape.size()), &out));
  Tensor result(out);
  const nx_tensor_info info = describe(result);
  CHECK(info.element_count == static_cast<int64_t>(data.size()));
  std::copy(data.begin(), data.end(), reinterpret_cast<T*>(info.data));
  return result;
}

// A tensor over the vector's memory.
template <class T>
Tensor wrap(std::vector<T>& data, const std::vector<int64_t>& shape) {
  nx_tensor* out = nullptr;
  succeeds(nx_tensor_wrap(data.data(), static_cast<int64_t>(data.size() * sizeof(T)), dtype_of<T>(),
                          shape.data(), static_cast<int64_t>(shape.size()), &out));
  return Tensor(out);
}

// count values in steps, for inputs that are neither constant nor random.
inline std::vector<float> ramp(int64_t count, float start = -1.0F, float step = 0.01F) {
  std::vector<float> values(static_cast<size_t>(count));
  for (size_t i = 0; i < values.size(); ++i) values[i] = start + step * static_cast<float>(i % 400);
  return values;
}

template <class T = float>
std::vector<T> read(const nx_tensor* tensor) {
  nx_tensor_info info;
  succeeds(nx_tensor_describe(tensor, 0, &info, nullptr, nullptr));
  std::vector<T> values(static_cast<size_t>(info.element_count));
  succeeds(nx_tensor_read(tensor, dtype_of<T>(), values.data(),
                          static_cast<int64_t>(values.size() * sizeof(T))));
  return values;
}

template <class T = float>
std::vector<T> read(const Tensor& tensor) {
  return read<T>(tensor.get());
}

// ---- Values in

inline nx_value none() { return {NX_NONE, 0, 0, 0}; }
inline nx_value of(int64_t value) { return {NX_INT, 0, 0, value}; }
inline nx_value of(bool value) { return {NX_BOOL, 0, 0, value ? 1 : 0}; }
inline nx_value of(const Tensor& tensor) {
  return {NX_TENSOR, 0, 0, reinterpret_cast<int64_t>(tensor.get())};
}
inline nx_value of(double value) {
  nx_value result{NX_DOUBLE, 0, 0, 0};
  std::memcpy(&result.bits, &value, sizeof value);
  return result;
}
// The text and the items must outlive the value.
inline nx_value of(const std::string& text) {
  return {NX_STRING, 0, static_cast<int64_t>(text.size()), reinterpret_cast<int64_t>(text.data())};
}
inline nx_value sequence(int32_t kind, const std::vector<nx_value>& items) {
  const bool pairs = kind == NX_DICT || kind == NX_NAMED_TUPLE;
  const auto length = static_cast<int64_t>(pairs ? items.size() / 2 : items.size());
  return {kind, 0, length, reinterpret_cast<int64_t>(items.data())};
}
inline nx_value of(const std::vector<int64_t>& integers) {
  return {NX_INT_LIST, 0, static_cast<int64_t>(integers.size()),
          reinterpret_cast<int64_t>(integers.data())};
}

// ---- Values out

// Owns an output with its tensors.
class Output {
 public:
  Output() = default;
  Output(Output&& other) noexcept : value_(other.value_) { other.value_ = {}; }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  Output& operator=(Output&&) = delete;
  ~Output() {
    free_tensors(value_);
    nx_value_clear(&value_, 1);
  }

  nx_value* out() { return &value_; }
  const nx_value& value() const { return value_; }
  int32_t kind() const { return value_.kind; }
  int64_t length() const { return value_.length; }
  const nx_value& operator[](size_t i) const {
    return reinterpret_cast<const nx_value*>(value_.bits)[i];
  }
  const nx_tensor* tensor() const { return tensor(value_); }
  static const nx_tensor* tensor(const nx_value& value) {
    CHECK(value.kind == NX_TENSOR);
    return reinterpret_cast<const nx_tensor*>(value.bits);
  }
  // Gives the tensor away.
  Tensor take() {
    CHECK(value_.kind == NX_TENSOR);
    Tensor result(reinterpret_cast<nx_tensor*>(value_.bits));
    value_ = {};
    return result;
  }

 private:
  static void free_tensors(const nx_value& value) {
    if (value.kind == NX_TENSOR) nx_tensor_free(reinterpret_cast<nx_tensor*>(value.bits));
    const bool pairs = value.kind == NX_DICT || value.kind == NX_NAMED_TUPLE;
    if (value.kind != NX_LIST && value.kind != NX_TUPLE && !pairs) return;
    const int64_t slots = pairs ? 2 * value.length : value.length;
    for (int64_t i = 0; i < slots; ++i)
      free_tensors(reinterpret_cast<const nx_value*>(value.bits)[i]);
  }

  nx_value value_{};
};

inline std::string text(const nx_value& value) {
  CHECK(value.kind == NX_STRING);
  return {reinterpret_cast<const char*>(value.bits), static_cast<size_t>(value.length)};
}

inline double number(const nx_value& value) {
  CHECK(value.kind == NX_DOUBLE);
  double result = 0;
  std::memcpy(&result, &value.bits, sizeof result);
  return result;
}

// ---- Operators and modules

inline nx_operator* find(const char* name, const char* overload) {
  nx_operator* out = nullptr;
  succeeds(nx_operator_find(name, overload, &out));
  return out;
}

inline nx_error* try_apply(const char* name, const char* overload,
                           const std::vector<nx_value>& arguments, nx_value* results,
                           nx_trace* trace = nullptr) {
  return nx_operator_call(find(name, overload), trace, arguments.data(),
                          static_cast<int64_t>(arguments.size()), nullptr, nullptr, nullptr,
                          nullptr, results);
}

// Calls an operator with one result.
inline Output apply(const char* name, const char* overload, const std::vector<nx_value>& arguments,
                    nx_trace* trace = nullptr) {
  Output result;
  succeeds(try_apply(name, overload, arguments, result.out(), trace));
  return result;
}

// A file that goes when the test does.
struct TemporaryFile {
  std::string path = "/tmp/narthex-test-XXXXXX";
  TemporaryFile() {
    const int descriptor = mkstemp(path.data());
    CHECK(descriptor >= 0);
    close(descriptor);
  }
  ~TemporaryFile() { unlink(path.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
};

inline std::string path_of(const std::string& model) {
  return std::string(NARTHEX_TEST_MODELS) + "/" + model + ".pt";
}

inline Module load(const std::string& model) {
  nx_module* out = nullptr;
  succeeds(nx_module_load(path_of(model).c_str(), NX_DEVICE_CPU, -1, &out));
  return Module(out);
}

struct Named {
  std::string name;
  Tensor tensor;
  bool is_buffer = false;
};

// A module that holds these tensors and has no methods.
inline Module create(const std::vector<Named>& entries) {
  std::vector<const char*> names;
  std::vector<const nx_tensor*> tensors;
  std::vector<int32_t> is_buffer;
  for (const Named& entry : entries) {
    names.push_back(entry.name.c_str());
    tensors.push_back(entry.tensor.get());
    is_buffer.push_back(entry.is_buffer ? 1 : 0);
  }
  nx_module* out = nullptr;
  succeeds(nx_module_create(names.data(), tensors.data(), is_buffer.data(),
                            static_cast<int64_t>(entries.size()), &out));
  return Module(out);
}

inline Output parameters(const Module& module) {
  Output entries;
  succeeds(nx_module_parameters(module.get(), entries.out()));
  return entries;
}

inline Output buffers(const Module& module) {
  Output entries;
  succeeds(nx_module_buffers(module.get(), entries.out()));
  return entries;
}

// The tensor of that name in a dict.
inline const nx_tensor* find_tensor(const Output& entries, const std::string& name) {
  for (size_t i = 0; i < static_cast<size_t>(entries.length()); ++i)
    if (text(entries[2 * i]) == name) return Output::tensor(entries[2 * i + 1]);
  std::fprintf(stderr, "no tensor %s\n", name.c_str());
  std::exit(1);
}

inline nx_tensor_info info_of(const Output& entries, const std::string& name) {
  nx_tensor_info info;
  succeeds(nx_tensor_describe(find_tensor(entries, name), 0, &info, nullptr, nullptr));
  return info;
}

// A changed copy.
template <class Change, class... More>
Module changed(Change* change, const Module& module, More... more) {
  nx_module* out = nullptr;
  succeeds(change(module.get(), more..., &out));
  return Module(out);
}

inline nx_run_options options(int32_t threads = 1, int32_t grad_mode = NX_MODE_INFERENCE) {
  nx_run_options result{};
  result.grad_mode = grad_mode;
  result.threads = threads;
  return result;
}

inline nx_error* try_call(const Module& module, const char* method,
                          const std::vector<nx_value>& arguments, nx_value* result,
                          const nx_run_options& how = options()) {
  return nx_module_call(module.get(), method, &how, arguments.data(),
                        static_cast<int64_t>(arguments.size()), nullptr, nullptr, nullptr, nullptr,
                        result);
}

inline Output call(const Module& module, const std::vector<nx_value>& arguments,
                   const nx_run_options& how = options()) {
  Output result;
  succeeds(try_call(module, "forward", arguments, result.out(), how));
  return result;
}

// The message of a forward that must fail with that code.
inline std::string call_fails(int32_t code, const Module& module,
                              const std::vector<nx_value>& arguments) {
  nx_value result{NX_INT, 0, 0, 1};
  std::string message = fails(code, try_call(module, "forward", arguments, &result));
  CHECK(result.kind == NX_NONE);
  return message;
}

inline Session open(const Module& module, const std::vector<nx_value>& arguments,
                    const nx_run_options& how = options()) {
  nx_session* out = nullptr;
  succeeds(nx_session_open(module.get(), "forward", &how, arguments.data(),
                           static_cast<int64_t>(arguments.size()), &out));
  return Session(out);
}

inline Output result(const Session& session) {
  Output value;
  succeeds(nx_session_result(session.get(), value.out()));
  return value;
}

inline Output run(const Session& session) {
  succeeds(nx_session_run(session.get()));
  return result(session);
}

// ---- Running

// Runs one test; every handle that it made must be gone after it.
inline void check(const char* name, void (*body)()) {
  std::fprintf(stderr, "%s\n", name);
  body();
  for (int32_t kind = 0; kind < NX_HANDLE_KINDS; ++kind) {
    if (nx_live_handles(kind) == 0) continue;
    std::fprintf(stderr, "%s: %lld handles of kind %d are left\n", name,
                 static_cast<long long>(nx_live_handles(kind)), kind);
    std::exit(1);
  }
}
#define RUN(body) test::check(#body, body)

}  // namespace test
