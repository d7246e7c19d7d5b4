// Tracing: a network of operator calls becomes a TorchScript module.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <thread>

#include "support.h"

using namespace test;

namespace {

// A trace with one input.
struct Tracing {
  Trace trace;
  Tensor input;

  Tracing(const Module& module, const Tensor& example) {
    const nx_tensor* inputs[] = {example.get()};
    const char* names[] = {"x"};
    nx_tensor* symbol = nullptr;
    nx_trace* out = nullptr;
    succeeds(nx_trace_begin(module.get(), inputs, names, 1, &symbol, &out));
    trace.reset(out);
    input.reset(symbol);
  }

  Tensor parameter(const char* name) const {
    nx_tensor* out = nullptr;
    succeeds(nx_trace_parameter(trace.get(), name, &out));
    return Tensor(out);
  }

  Tensor apply(const char* name, const char* overload,
               const std::vector<nx_value>& arguments) const {
    return test::apply(name, overload, arguments, trace.get()).take();
  }

  nx_error* try_end(const std::vector<const nx_tensor*>& outputs, nx_module** out) const {
    return nx_trace_end(trace.get(), outputs.data(), static_cast<int64_t>(outputs.size()), out);
  }

  Module end(const std::vector<const nx_tensor*>& outputs) const {
    nx_module* out = nullptr;
    succeeds(try_end(outputs, &out));
    return Module(out);
  }
};

// Convolution, batch norm and a linear layer, with the first weights over memory that goes.
Module network() {
  std::vector<float> weights = ramp(4 * 3 * 3 * 3);
  std::vector<Named> entries;
  entries.push_back({"block.conv.weight", wrap(weights, {4, 3, 3, 3})});
  entries.push_back({"block.bn.weight", tensor({4}, {1, 2, 3, 4})});
  entries.push_back({"block.bn.bias", tensor({4}, {0, 1, 0, 1})});
  entries.push_back({"block.bn.running_mean", tensor({4}, {0, 0, 1, 1}), true});
  entries.push_back({"block.bn.running_var", tensor({4}, {1, 2, 1, 2}), true});
  entries.push_back({"fc.weight", tensor({2, 4}, ramp(8))});
  entries.push_back({"fc.bias", tensor({2}, {1, -1})});
  Module module = create(entries);
  std::fill(weights.begin(), weights.end(), -99.0F);
  return module;
}

Tensor example(int64_t batch = 1) {
  return tensor({batch, 3, 8, 8}, ramp(batch * 3 * 8 * 8, 0.5F, -0.003F));
}

// The same computation, recorded or not.
Tensor compute(const Tracing& trace) {
  const Tensor conv = trace.apply(
      "aten::conv2d", "",
      {of(trace.input), of(trace.parameter("block.conv.weight")), none(), of(int64_t{2})});
  const Tensor norm = trace.apply(
      "aten::batch_norm", "",
      {of(conv), of(trace.parameter("block.bn.weight")), of(trace.parameter("block.bn.bias")),
       of(trace.parameter("block.bn.running_mean")), of(trace.parameter("block.bn.running_var")),
       of(false), of(0.1), of(1e-5), of(true)});
  const Tensor relu = trace.apply("aten::relu", "", {of(norm)});
  const std::vector<int64_t> spatial{2, 3};
  const Tensor mean = trace.apply("aten::mean", "dim", {of(relu), of(spatial)});
  return trace.apply("aten::linear", "",
                     {of(mean), of(trace.parameter("fc.weight")), of(trace.parameter("fc.bias"))});
}

void a_network_becomes_a_module() {
  const Module module = network();
  const Tensor x = example();
  std::vector<float> expected;
  Module traced;
  {
    const Tracing trace(module, x);
    const Tensor y = compute(trace);
    expected = read(y);
    traced = trace.end({y.get()});
  }
  near(read(call(traced, {of(x)}).tensor()), expected);
  CHECK(sizes(call(traced, {of(example(5))}).take()) == (std::vector<int64_t>{5, 2}));
  near(read(call(changed(nx_module_freeze, traced), {of(x)}).tensor()), expected);

  Output parameters;
  succeeds(nx_module_parameters(traced.get(), parameters.out()));
  CHECK(parameters.length() == 5);

  std::string path = "/tmp/narthex-test-XXXXXX";
  close(mkstemp(path.data()));
  succeeds(nx_module_save(traced.get(), path.c_str(), nullptr));
  nx_module* out = nullptr;
  succeeds(nx_module_load(path.c_str(), NX_DEVICE_CPU, -1, &out));
  unlink(path.c_str());
  const Module loaded(out);
  near(read(call(loaded, {of(x)}).tensor()), expected);
  for (const int32_t mode : {NX_MODE_NO_GRAD, NX_MODE_GRAD})
    near(read(call(loaded, {of(x)}, options(1, mode)).tensor()), expected);
}

// Borrowed memory that a trace took as a constant may go while the trace goes on.
void constants_are_copies() {
  const Module module = create({});
  const Tensor x = tensor({2}, {1, 2});
  const Tracing trace(module, x);
  Tensor y;
  {
    std::vector<float> memory{10, 20};
    const Tensor lent = wrap(memory, {2});
    y = trace.apply("aten::add", "Tensor", {of(trace.input), of(lent)});
    const std::vector<nx_value> both{of(y), of(lent)};
    y = trace.apply("aten::cat", "", {sequence(NX_LIST, both)});
    std::fill(memory.begin(), memory.end(), -99.0F);
  }
  const Module traced = trace.end({y.get()});
  const Tensor other = tensor({2}, {100, 200});
  near(read(call(traced, {of(other)}).tensor()), {110, 220, 10, 20});
}

// A constant that an operator outside the trace computed.
void computed_constants_allow_gradients() {
  std::vector<Named> entries;
  entries.push_back({"weight", tensor({2}, {1, 2})});
  const Module module = create(entries);
  const Tensor x = tensor({2}, {1, 2});
  const Tensor doubled = apply("aten::add", "Tensor", {of(x), of(x)}).take();
  const Tracing trace(module, x);
  const Tensor y = trace.apply("aten::mul", "Tensor", {of(trace.parameter("weight")), of(doubled)});
  const Tensor z = trace.apply("aten::add", "Tensor", {of(y), of(trace.input)});
  const Module traced = trace.end({z.get()});
  near(read(call(traced, {of(x)}, options(1, NX_MODE_GRAD)).tensor()), {3, 10});
}

void several_outputs_and_inputs_as_outputs() {
  const Module module = create({});
  const Tensor x = tensor({2}, {1, 2});
  const Tracing trace(module, x);
  const Tensor y = trace.apply("aten::neg", "", {of(trace.input)});
  const Module traced = trace.end({y.get(), trace.input.get(), y.get()});
  const Output output = call(traced, {of(x)});
  CHECK(output.kind() == NX_TUPLE && output.length() == 3);
  near(read(Output::tensor(output[0])), {-1, -2});
  near(read(Output::tensor(output[1])), {1, 2});
}

void nothing_is_recorded_outside() {
  const Module module = create({});
  const Tensor x = tensor({2}, {1, 2});
  const Tracing trace(module, x);
  nx_value results{};
  // A failing call leaves no tracing state behind on this thread.
  fails(NX_ERROR_OPERATOR,
        try_apply("aten::view", "", {of(trace.input), of(std::vector<int64_t>{7})}, &results,
                  trace.trace.get()));
  const Tensor y = apply("aten::neg", "", {of(trace.input)}).take();  // not in the trace
  const Tensor z = trace.apply("aten::add", "Tensor", {of(trace.input), of(y)});
  const Module traced = trace.end({z.get()});
  const Tensor other = tensor({2}, {10, 20});
  near(read(call(traced, {of(other)}).tensor()), {9, 18});  // y is a constant
  Output operators;
  succeeds(nx_module_operators(traced.get(), operators.out()));
  CHECK(operators.length() == 1 && text(operators[0]) == "aten::add");
}

void mistakes() {
  const Module module = network();
  const Tensor x = example();
  const Tracing trace(module, x);
  nx_tensor* tensor_out = nullptr;
  nx_module* module_out = nullptr;
  for (const char* name : {"absent", "block.absent", "absent.weight", "block", "", "."})
    contains(
        fails(NX_ERROR_INVALID_ARGUMENT, nx_trace_parameter(trace.trace.get(), name, &tensor_out)),
        "no parameter or buffer");
  contains(fails(NX_ERROR_INVALID_ARGUMENT, trace.try_end({}, &module_out)), "at least one output");
  const Tensor y = compute(trace);
  const Module traced = trace.end({y.get()});
  contains(fails(NX_ERROR_INVALID_ARGUMENT, trace.try_end({y.get()}, &module_out)), "has ended");
  nx_value result{};
  contains(fails(NX_ERROR_INVALID_ARGUMENT,
                 try_apply("aten::relu", "", {of(y)}, &result, trace.trace.get())),
           "has ended");
  nx_tensor* symbol = nullptr;
  nx_trace* again = nullptr;
  const nx_tensor* inputs[] = {x.get()};
  const char* names[] = {"x"};
  contains(fails(NX_ERROR_INVALID_ARGUMENT,
                 nx_trace_begin(traced.get(), inputs, names, 1, &symbol, &again)),
           "already has a forward");
  CHECK(symbol == nullptr && again == nullptr);
}

void a_trace_can_be_dropped() {
  const Module module = network();
  const Tensor x = example();
  const Tracing trace(module, x);
  compute(trace);
}

// Threads that meet in a trace: each call is recorded whole, or refused.
void several_threads() {
  const Module module = network();
  const Tracing tracing(module, example());
  std::atomic<int> recorded = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 200; ++round) {
        nx_value result{};
        nx_error* error =
            try_apply("aten::relu", "", {of(tracing.input)}, &result, tracing.trace.get());
        if (error == nullptr) {
          nx_tensor_free(reinterpret_cast<nx_tensor*>(result.bits));
          ++recorded;
        } else {
          contains(fails(NX_ERROR_INVALID_ARGUMENT, error), "another thread is using the trace");
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(recorded > 0);
  const Module model = tracing.end({tracing.input.get()});
  nx_value counts{};
  succeeds(nx_module_operators(model.get(), &counts));
  CHECK(counts.length == 1);
  CHECK(reinterpret_cast<const nx_value*>(counts.bits)[1].bits == recorded);
  nx_value_clear(&counts, 1);
}

}  // namespace

int main() {
  RUN(a_network_becomes_a_module);
  RUN(constants_are_copies);
  RUN(computed_constants_allow_gradients);
  RUN(several_outputs_and_inputs_as_outputs);
  RUN(nothing_is_recorded_outside);
  RUN(mistakes);
  RUN(a_trace_can_be_dropped);
  RUN(several_threads);
}
