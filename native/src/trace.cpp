#include "trace.h"

#include <ATen/ops/clone.h>
#include <torch/csrc/jit/passes/normalize_ops.h>

#include <algorithm>

#include "handles.h"
#include "module.h"

namespace {

using torch::jit::Graph;
using torch::jit::Module;
using torch::jit::Value;

Value* get_attribute(nx_trace& trace, Value* object, const std::string& name) {
  Graph& graph = *trace.state->graph;
  return graph.insertNode(graph.createGetAttr(object, name))->output();
}

// The graph's value for a submodule, with one GetAttr for each level, shared by all that lies below
// it.
Value* submodule(nx_trace& trace, const std::string& path) {
  if (path.empty()) return trace.self;
  if (const auto found = trace.submodules.find(path); found != trace.submodules.end())
    return found->second;
  const auto [parent, name] = nx::split_name(path);
  Value* value = get_attribute(trace, submodule(trace, parent), name);
  trace.submodules.emplace(path, value);
  return value;
}

void begin(nx_trace& trace, const nx_tensor* const* inputs, const char* const* names, int64_t count,
           std::vector<at::Tensor>& symbols) {
  trace.state = std::make_shared<torch::jit::tracer::TracingState>();
  trace.state->lookup_var_name_fn = [](const at::Tensor&) { return std::string(); };
  Graph& graph = *trace.state->graph;
  trace.self = graph.addInput("self")->setType(trace.module._ivalue()->type());
  for (int64_t i = 0; i < count; ++i) {
    // A copy: tensors are told apart by identity, and an input may be a parameter or the caller's
    // memory.
    at::Tensor symbol = nx::tensor_of(inputs[i], "input").clone();
    Value* value = graph.addInput(nx::text(names[i], "name"))->setType(c10::TensorType::get());
    trace.state->setValue(symbol, value);
    symbols.push_back(std::move(symbol));
  }
}

// The traced module, with the recorded graph as its `forward`.
Module finish(nx_trace& trace, const nx_tensor* const* outputs, int64_t count) {
  std::shared_ptr<Graph> graph = trace.state->graph;
  std::vector<Value*> values;
  {
    const nx::TraceScope scope(trace);
    for (int64_t i = 0; i < count; ++i) {
      const c10::IValue output = nx::tensor_of(outputs[i], "output");
      if (!trace.state->hasValue(output)) {
        nx::invalid_argument("output " + std::to_string(i) +
                             " does not come from the trace: compute it of its inputs and weights");
      }
      values.push_back(trace.state->getOutput(output, static_cast<size_t>(i)));
    }
  }
  trace.ended = true;
  graph->registerOutput(
      values.size() == 1 ? values[0] : graph->insertNode(graph->createTuple(values))->output());
  torch::jit::NormalizeOps(graph);
  graph->lint();
  const auto type = trace.module.type();
  auto* function = trace.module._ivalue()->compilation_unit()->create_function(
      c10::QualifiedName(type->name().value(), "forward"), graph, /*shouldMangle=*/false);
  type->addMethod(function);
  return trace.module;
}

}  // namespace

torch::jit::Node* nx::last_node(const nx_trace& trace) {
  return trace.state->graph->return_node()->prev();
}

void nx::drop_unfinished_node(const nx_trace& trace, const torch::jit::Node* before) {
  torch::jit::Node* node = last_node(trace);
  if (node != before && node->outputs().empty()) node->destroy();
}

nx_error* nx_trace_begin(const nx_module* module, const nx_tensor* const* inputs,
                         const char* const* names, int64_t count, nx_tensor** inputs_out,
                         nx_trace** out) noexcept {
  *out = nullptr;
  return nx::guard(
      [&] {
        const nx::ModuleScope scope;
        nx::require_length(inputs, count, "inputs");
        nx::require_length(names, count, "names");
        nx::require_length(inputs_out, count, "inputs_out");
        std::fill_n(inputs_out, count, nullptr);
        auto trace = std::make_unique<nx_trace>();
        trace->module = nx::require(module, "module").module;
        if (trace->module.find_method("forward"))
          nx::invalid_argument("the module already has a forward");
        std::vector<at::Tensor> symbols;
        begin(*trace, inputs, names, count, symbols);
        for (size_t i = 0; i < symbols.size(); ++i)
          inputs_out[i] = nx::new_handle(std::move(symbols[i]));
        *out = trace.release();
        nx::count_handle(NX_HANDLE_TRACE, +1);
      },
      NX_ERROR_UNSUPPORTED);
}

nx_error* nx_trace_parameter(nx_trace* trace, const char* name, nx_tensor** out) noexcept {
  *out = nullptr;
  return nx::guard(
      [&] {
        nx::require(trace, "trace");
        const nx::TraceLock lock(*trace);
        const nx::TraceScope scope(*trace);
        const auto [path, leaf] = nx::split_name(nx::text(name, "name"));
        const auto owner = nx::find_owner(trace->module, path, leaf);
        if (!owner)
          nx::invalid_argument("the module has no parameter or buffer '" + std::string(name) + "'");
        const at::Tensor tensor = owner->attr(leaf).toTensor();
        if (!trace->state->hasValue(tensor)) {
          trace->state->setValue(tensor, get_attribute(*trace, submodule(*trace, path), leaf));
        }
        *out = nx::new_handle(tensor);
      },
      NX_ERROR_UNSUPPORTED);
}

nx_error* nx_trace_end(nx_trace* trace, const nx_tensor* const* outputs, int64_t count,
                       nx_module** out) noexcept {
  *out = nullptr;
  return nx::guard(
      [&] {
        nx::require(trace, "trace");
        const nx::TraceLock lock(*trace);
        if (trace->ended) nx::invalid_argument("the trace has ended");
        if (count < 1) nx::invalid_argument("a trace needs at least one output");
        nx::require_length(outputs, count, "outputs");
        const nx::ModuleScope scope;
        *out = nx::new_module(finish(*trace, outputs, count));
      },
      NX_ERROR_UNSUPPORTED);
}

void nx_trace_free(nx_trace* trace) noexcept {
  if (trace == nullptr) return;
  delete trace;
  nx::count_handle(NX_HANDLE_TRACE, -1);
}
