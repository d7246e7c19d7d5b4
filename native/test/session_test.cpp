// Sessions: bound once, run many times.
#include "support.h"

using namespace test;

namespace {

void results_of_every_kind() {
  const Tensor x = tensor({2, 3}, {1, 2, 3, 4, 5, 6});
  const Module pair = load("tuple-output");
  const Session session = open(pair, {of(x)});
  const Output output = run(session);
  near(read(Output::tensor(output[0])), {2, 3, 4, 5, 6, 7});
  near(read(Output::tensor(output[1])), {2, 4, 6, 8, 10, 12});
  std::vector<float> data(6);
  succeeds(nx_session_read(session.get(), 1, data.data(), 24));
  near(data, {2, 4, 6, 8, 10, 12});

  const Session dict = open(load("dict-output"), {of(x)});
  run(dict);
  float sum = 0;
  succeeds(nx_session_read(dict.get(), 0, &sum, 4));
  CHECK(sum == 21);
}

void inputs_are_read_anew() {
  std::vector<float> memory = ramp(16);
  const Module model = load("mlp");
  const Tensor x = wrap(memory, {2, 8});
  const Session session = open(model, {of(x)});
  near(read(run(session).tensor()), read(call(model, {of(x)}).tensor()), 0);
  for (float& value : memory) value += 1;
  near(read(run(session).tensor()), read(call(model, {of(x)}).tensor()), 0);
}

void a_transposed_result_is_read_row_major() {
  const Tensor x = tensor({2, 3}, {1, 2, 3, 4, 5, 6});
  const Session session = open(load("view"), {of(x)});
  run(session);
  std::vector<float> data(6);
  succeeds(nx_session_read(session.get(), 0, data.data(), 24));
  near(data, {1, 4, 2, 5, 3, 6}, 0);
}

void a_session_keeps_what_it_needs() {
  Session session;
  {
    const Module model = load("mlp");
    const Tensor x = tensor({2, 8}, ramp(16));
    session = open(model, {of(x)});
  }
  CHECK(sizes(run(session).take()) == (std::vector<int64_t>{2, 4}));
  // A result outlives the next run and the session.
  const Output first = run(session);
  const std::vector<float> values = read(first.tensor());
  run(session);
  session.reset();
  near(read(first.tensor()), values, 0);
}

void mistakes() {
  const Tensor x = tensor({2, 8}, ramp(16));
  const Module model = load("mlp");
  const Session session = open(model, {of(x)});
  nx_value value{};
  float data[8];
  contains(fails(NX_ERROR_INVALID_ARGUMENT, nx_session_result(session.get(), &value)),
           "has not run yet");
  contains(fails(NX_ERROR_INVALID_ARGUMENT, nx_session_read(session.get(), 0, data, 32)),
           "has not run yet");
  run(session);
  contains(fails(NX_ERROR_INVALID_ARGUMENT, nx_session_read(session.get(), 1, data, 32)),
           "output 1 of 1");
  fails(NX_ERROR_INVALID_ARGUMENT, nx_session_read(session.get(), -1, data, 32));
  contains(fails(NX_ERROR_INVALID_ARGUMENT, nx_session_read(session.get(), 0, data, 16)),
           "expected 32 bytes, got 16");
  succeeds(nx_session_read(session.get(), 0, data, 32));

  nx_session* out = nullptr;
  const nx_run_options how = options();
  contains(
      fails(NX_ERROR_INVALID_ARGUMENT, nx_session_open(model.get(), "fit", &how, nullptr, 0, &out)),
      "no method 'fit'");
  contains(fails(NX_ERROR_INVALID_ARGUMENT,
                 nx_session_open(model.get(), "forward", &how, nullptr, 0, &out)),
           "is missing");
  fails(NX_ERROR_INVALID_ARGUMENT,
        nx_session_open(model.get(), "forward", nullptr, nullptr, 0, &out));
  CHECK(out == nullptr);
}

void a_failing_run_leaves_no_result() {
  const Tensor x = tensor({1}, {1});
  const Session session = open(load("raises"), {of(x)});
  for (int i = 0; i < 2; ++i)
    contains(fails(NX_ERROR_OPERATOR, nx_session_run(session.get())), "this model always raises");
  nx_value value{};
  contains(fails(NX_ERROR_INVALID_ARGUMENT, nx_session_result(session.get(), &value)),
           "last run failed");
}

void converted_and_fused() {
  const std::vector<float> values = ramp(2 * 3 * 32 * 32);
  std::vector<float> memory = values;
  const Tensor x = wrap(memory, {2, 3, 32, 32});
  const Module model = load("convnet");
  const std::vector<float> expected = read(call(model, {of(x)}).tensor());
  const Module narrow = changed(nx_module_to_dtype, model, NX_DTYPE_BFLOAT16);
  const Module frozen =
      changed(nx_module_freeze, changed(nx_module_to_format, narrow, NX_FORMAT_CHANNELS_LAST));
  nx_run_options how = options(2);
  how.dtype = NX_DTYPE_BFLOAT16;
  how.memory_format = NX_FORMAT_CHANNELS_LAST;
  how.fuse = 1;
  const Session session = open(frozen, {of(x)}, how);
  for (int i = 0; i < 4; ++i) near(read(run(session).tensor()), expected, 0.05F);
  near(memory, values, 0);
}

}  // namespace

int main() {
  RUN(results_of_every_kind);
  RUN(inputs_are_read_anew);
  RUN(a_transposed_result_is_read_row_major);
  RUN(a_session_keeps_what_it_needs);
  RUN(mistakes);
  RUN(a_failing_run_leaves_no_result);
  RUN(converted_and_fused);
}
