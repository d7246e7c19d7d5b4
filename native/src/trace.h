// Tracing: operator calls recorded as the graph of a `forward`.
#pragma once

#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/frontend/tracer.h>

#include <atomic>
#include <map>

#include "compute.h"

struct nx_trace {
  torch::jit::Module module;
  std::shared_ptr<torch::jit::tracer::TracingState> state;
  torch::jit::Value* self = nullptr;
  std::map<std::string, torch::jit::Value*> submodules;  // dotted name -> GetAttr of it
  bool ended = false;
  std::atomic_flag busy;
};

namespace nx {

// What was recorded last.
torch::jit::Node* last_node(const nx_trace& trace);

// Takes back the node that a failed operator left without its outputs.
void drop_unfinished_node(const nx_trace& trace, const torch::jit::Node* before);

// One thread at a time: a graph is not guarded.
class TraceLock {
 public:
  explicit TraceLock(nx_trace& trace) : busy_(trace.busy) {
    if (busy_.test_and_set()) invalid_argument("another thread is using the trace");
  }
  ~TraceLock() { busy_.clear(); }
  TraceLock(const TraceLock&) = delete;
  TraceLock& operator=(const TraceLock&) = delete;

 private:
  std::atomic_flag& busy_;
};

// Makes the trace the current one of this thread, for one call: tracing state is thread-local and
// must not stay behind.
class TraceScope {
 public:
  explicit TraceScope(nx_trace& trace) {
    if (trace.ended) invalid_argument("the trace has ended");
    torch::jit::tracer::setTracingState(trace.state);
  }
  ~TraceScope() { torch::jit::tracer::setTracingState(nullptr); }
  TraceScope(const TraceScope&) = delete;
  TraceScope& operator=(const TraceScope&) = delete;

 private:
  ModuleScope modes_;  // not inference mode: the tracer does not see operators there
};

}  // namespace nx
