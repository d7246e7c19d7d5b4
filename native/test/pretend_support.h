// What the tests of the pretended accelerator share: its library, short names, and modules for it.
#pragma once

#include <ATen/ATen.h>
#include <ATen/DeviceAccelerator.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>
#include <torch/script.h>

#include <functional>
#include <string>
#include <vector>

// libtorch has one too, which throws.
#undef CHECK
#include "check.h"
#include "pretend.h"

namespace test {

inline const c10::Device device(c10::kPrivateUse1, 0);
inline const c10::Device other_device(c10::kPrivateUse1, 1);
// Long beside what the host does between two calls.
inline constexpr int64_t delay_micros = 100000;

template <class F>
F* function(const char* name) {
  static void* const library = dlopen(NARTHEX_PRETEND, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) std::fprintf(stderr, "%s\n", dlerror());
  CHECK(library != nullptr);
  void* const found = dlsym(library, name);
  CHECK(found != nullptr);
  return reinterpret_cast<F*>(found);
}

inline void set_delay(int64_t micros) {
  function<decltype(pretend_set_delay_micros)>("pretend_set_delay_micros")(micros);
}
inline int64_t delay() {
  return function<decltype(pretend_delay_micros)>("pretend_delay_micros")();
}
inline int64_t tasks() { return function<decltype(pretend_tasks)>("pretend_tasks")(); }
inline void hold(int kinds) { function<decltype(pretend_hold)>("pretend_hold")(kinds); }
inline int64_t held() { return function<decltype(pretend_held)>("pretend_held")(); }
inline void fill_freed(int byte) {
  function<decltype(pretend_fill_freed)>("pretend_fill_freed")(byte);
}

// While it lives, the device's tasks start late.
struct Late {
  Late() { set_delay(delay_micros); }
  ~Late() { set_delay(0); }
  Late(const Late&) = delete;
  Late& operator=(const Late&) = delete;
};

struct Filled {
  Filled() { fill_freed(0xff); }
  ~Filled() { fill_freed(-1); }
  Filled(const Filled&) = delete;
  Filled& operator=(const Filled&) = delete;
};

inline void synchronize(c10::Device which = device) {
  at::accelerator::synchronizeDevice(which.index());
}

inline c10::Stream pool_stream(c10::Device which = device) {
  return c10::impl::VirtualGuardImpl(c10::kPrivateUse1).getStreamFromGlobalPool(which);
}

// What the device's memory holds at this moment, whatever is still to come.
inline float now(const at::Tensor& tensor) { return *static_cast<const float*>(tensor.data_ptr()); }

inline std::string error_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const c10::Error& error) {
    return error.what_without_backtrace();
  }
  std::fprintf(stderr, "no error\n");
  std::exit(1);
}

inline void contains(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return;
  std::fprintf(stderr, "'%s' does not contain '%s'\n", text.c_str(), part.c_str());
  std::exit(1);
}

inline void same(const at::Tensor& actual, const at::Tensor& expected) {
  CHECK(actual.device() == device);
  CHECK(actual.sizes() == expected.sizes());
  CHECK(actual.scalar_type() == expected.scalar_type());
  CHECK(at::allclose(actual.cpu(), expected, 1e-5, 1e-6, true));
}

// The same call on tensors of the CPU and of the device.
using Inputs = std::vector<at::Tensor>;
inline void agrees(const std::function<at::Tensor(const Inputs&)>& call, const Inputs& inputs) {
  Inputs on_device;
  for (const at::Tensor& input : inputs) on_device.push_back(input.to(device));
  same(call(on_device), call(inputs));
}

// Opens the library, and has all runs see the same numbers.
inline void start() {
  set_delay(0);
  at::manual_seed(1);
}

inline void run(const char* name, void (*body)()) {
  std::fprintf(stderr, "%s\n", name);
  body();
}
#define RUN(body) run(#body, body)

// A module that TorchScript runs, with parameters of each of these shapes.
inline torch::jit::Module module(const std::string& forward,
                                 const std::vector<std::vector<int64_t>>& shapes) {
  torch::jit::Module module("m");
  for (size_t i = 0; i < shapes.size(); ++i)
    module.register_buffer(std::string("p").append(std::to_string(i)), at::rand(shapes[i]) * 0.3);
  module.define(forward);
  return module;
}

inline torch::jit::Module perceptron() {
  return module(R"(
def forward(self, x):
    h = torch.gelu(torch.linear(x, self.p0, self.p1))
    h = torch.layer_norm(h, [16])
    return torch.softmax(torch.linear(torch.relu(h), self.p2), 1)
)",
                {{16, 8}, {16}, {4, 16}});
}

inline torch::jit::Module convolutions() {
  return module(R"(
def forward(self, x):
    h = torch.conv2d(x, self.p0, None, [1, 1], [1, 1])
    h = torch.batch_norm(h, self.p1, self.p1, self.p1, self.p1, False, 0.1, 1e-5, False)
    h = torch.max_pool2d(torch.relu_(h), [2, 2])
    h = torch.cat([h, h * 2], 1)
    h = torch.flatten(torch.adaptive_avg_pool2d(h, [1, 1]), 1)
    return torch.linear(h, self.p2)
)",
                {{4, 3, 3, 3}, {4}, {5, 8}});
}

inline torch::jit::Module attention() {
  return module(R"(
def forward(self, x):
    h = torch.embedding(self.p0, x)
    q = torch.linear(h, self.p1).view(2, 6, 2, 4).transpose(1, 2)
    h = torch.scaled_dot_product_attention(q, q, q)
    return h.transpose(1, 2).reshape(2, 6, 8)
)",
                {{10, 8}, {8, 8}});
}

}  // namespace test
