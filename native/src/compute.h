// Where libtorch's work runs, and in which modes.
//
// libgomp keeps a team of threads for every thread that has entered a parallel region. As soon as
// two living threads own a team, there are more OpenMP threads than processors and every barrier
// sleeps. Hence one rule for the whole process: work on several intra-op threads runs on one
// compute thread of the shim's, which alone owns a team; work on one intra-op thread runs in place,
// on the caller.
#pragma once

#include <ATen/core/grad_mode.h>
#include <c10/core/InferenceMode.h>

#include <optional>
#include <type_traits>

#include "error.h"
#include "profiler.h"

namespace nx {

// Sets the intra-op threads of the calling thread.
void set_intra_op_threads(int threads);

// Runs body(context) on the compute thread and waits for it; what it throws is thrown here.
void run_on_compute_thread(int threads, void (*body)(void*), void* context);

// Runs a body with so many intra-op threads: in place if that is one, else on the compute thread.
template <class Body>
void compute(int threads, Body&& body) {
  if (threads < 1) invalid_argument("threads must be at least 1, got " + std::to_string(threads));
  if (threads == 1) {
    set_intra_op_threads(1);
    body();
    return;
  }
  using Plain = std::remove_reference_t<Body>;
  run_on_compute_thread(threads, [](void* context) { (*static_cast<Plain*>(context))(); }, &body);
}

// Modes of a single operator: in place, without gradients. Inference mode also allows to change
// tensors that a model returned.
class OperatorScope {
 public:
  OperatorScope() { set_intra_op_threads(1); }

 private:
  c10::InferenceMode inference_;
  MemoryReportScope memory_;
};

// Modes of work on modules (copy, freeze, trace): ordinary tensors must come out, since they may
// become parameters.
class ModuleScope {
 public:
  ModuleScope() { set_intra_op_threads(1); }

 private:
  at::NoGradGuard no_grad_;
};

// Modes of a module call, by NX_MODE_*.
class CallScope {
 public:
  explicit CallScope(int32_t grad_mode) {
    switch (grad_mode) {
      case NX_MODE_INFERENCE:
        inference_.emplace();
        break;
      case NX_MODE_NO_GRAD:
        grad_.emplace(false);
        break;
      case NX_MODE_GRAD:
        grad_.emplace(true);
        break;
      default:
        invalid_argument("unknown gradient mode " + std::to_string(grad_mode));
    }
  }

 private:
  std::optional<c10::InferenceMode> inference_;
  std::optional<at::AutoGradMode> grad_;
  MemoryReportScope memory_;
};

}  // namespace nx
