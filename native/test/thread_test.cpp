// Many threads: right results, and one team of OpenMP threads in the process at most.
#include <filesystem>
#include <iterator>
#include <thread>

#include "support.h"

using namespace test;

namespace {

constexpr int kThreads = 8;
constexpr int kRounds = 25;

template <class Body>
void on_threads(Body&& body) {
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back([&body, i] { body(i); });
  for (std::thread& thread : threads) thread.join();
}

std::ptrdiff_t native_threads() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return std::distance(begin(tasks), end(tasks));
}

Tensor image(int seed) {
  return tensor({2, 3, 32, 32}, ramp(2 * 3 * 32 * 32, -0.1F * static_cast<float>(seed)));
}

// All threads use one model that none has run before: the first forwards, which compile it, meet.
void forwards_on_one_model(const nx_run_options& how, float tolerance) {
  const Module reference = load("convnet");
  std::vector<std::vector<float>> expected;
  for (int i = 0; i < kThreads; ++i) {
    const Tensor x = image(i);
    expected.push_back(read(call(reference, {of(x)}).tensor()));
  }
  const Module model = changed(nx_module_freeze, load("convnet"));
  on_threads([&](int i) {
    const Tensor x = image(i);
    for (int round = 0; round < kRounds; ++round)
      near(read(call(model, {of(x)}, how).tensor()), expected[static_cast<size_t>(i)], tolerance);
  });
}

void single_threaded_forwards() { forwards_on_one_model(options(1), 1e-5F); }

void multi_threaded_forwards() { forwards_on_one_model(options(2), 1e-5F); }

void fused_forwards() {
  for (const int32_t threads : {1, 2}) {
    nx_run_options how = options(threads);
    how.fuse = 1;
    forwards_on_one_model(how, 1e-4F);
  }
}

// Fused and not, on models of their own, at the same time: each stays what it is.
void fused_beside_unfused() {
  const Tensor x = image(0);
  const std::vector<float> expected = read(call(load("convnet"), {of(x)}).tensor());
  on_threads([&](int i) {
    const Module model = changed(nx_module_freeze, load("convnet"));
    nx_run_options how = options(1 + i / 4);
    how.fuse = i % 2;
    for (int round = 0; round < 4; ++round)
      near(read(call(model, {of(x)}, how).tensor()), expected, 1e-4F);
  });
}

// One model in all ways at once. The number of threads is a part of what the fuser compiles: a
// thread of the caller's must not get a team by running what was compiled for two.
void one_model_in_all_ways() {
  const Module model = changed(nx_module_freeze, load("convnet"));
  const Tensor x = image(0);
  const std::vector<float> expected = read(call(load("convnet"), {of(x)}).tensor());
  call(model, {of(x)}, options(2));
  const std::ptrdiff_t before = native_threads();
  on_threads([&](int i) {
    nx_run_options how = options(1 + i / 4);
    how.fuse = i % 2;
    for (int round = 0; round < kRounds; ++round)
      near(read(call(model, {of(x)}, how).tensor()), expected, 1e-4F);
    CHECK(native_threads() <= before + kThreads);
  });
}

void sessions_of_one_model() {
  const Module model = load("convnet");
  on_threads([&](int i) {
    const Tensor x = image(i);
    const Session session = open(model, {of(x)}, options(1 + i % 2));
    const std::vector<float> expected = read(call(model, {of(x)}).tensor());
    for (int round = 0; round < kRounds; ++round)
      near(read(run(session).tensor()), expected, 1e-5F);
  });
}

// Copies add to what the original's code lives in.
void copies_of_one_model() {
  const Module model = load("convnet");
  const Tensor x = image(0);
  const std::vector<float> expected = read(call(model, {of(x)}).tensor());
  on_threads([&](int i) {
    for (int round = 0; round < 4; ++round) {
      const Module copy = i % 2 == 0 ? changed(nx_module_freeze, model)
                                     : changed(nx_module_to_format, model, NX_FORMAT_CHANNELS_LAST);
      near(read(call(copy, {of(x)}).tensor()), expected, 1e-5F);
    }
  });
}

// Calls that change the module take turns.
void stateful_module() {
  const Module module = load("counts");
  on_threads([&](int i) {
    const Tensor x = tensor({1}, {1});
    const Session session = open(module, {of(x)}, options(1 + i % 2));
    for (int round = 0; round < kRounds; ++round) {
      call(module, {of(x)}, options(1 + i % 2));
      run(session);
    }
  });
  const Tensor x = tensor({1}, {1});
  const float runs = 2 * kThreads * kRounds + 1;
  near(read(call(module, {of(x)}).tensor()), {100 * runs + runs + 1}, 0);
}

// Errors on the compute thread arrive where the call was made.
void errors_find_their_caller() {
  const Module raises = load("raises");
  const Module model = load("mlp");
  on_threads([&](int i) {
    const Tensor x = tensor({2, 8}, ramp(16));
    for (int round = 0; round < kRounds; ++round) {
      if (i % 2 == 0) {
        CHECK(sizes(call(model, {of(x)}, options(2)).take())[1] == 4);
        continue;
      }
      nx_value result{};
      contains(fails(NX_ERROR_OPERATOR, try_call(raises, "forward", {of(x)}, &result, options(2))),
               "always raises");
    }
  });
}

// A thread of the caller's never gets OpenMP threads of its own, also if another call has set
// libtorch's process-wide number in the meantime.
void one_team_in_the_process() {
  const Module model = load("convnet");
  const Tensor x = tensor({64, 3, 64, 64}, ramp(int64_t{64} * 3 * 64 * 64));
  call(model, {of(x)}, options(3));  // the compute thread and its team are there
  const std::ptrdiff_t before = native_threads();
  call(model, {of(x)}, options(2));
  std::thread([&] {
    const Tensor small = tensor({1}, {1});
    // Only looked at, so that this thread has no operator of libtorch's behind it yet.
    near(read(small), {1});
    std::thread([&] { call(model, {of(x)}, options(3)); }).join();
    call(model, {of(x)}, options(1));
    apply("aten::add", "Tensor", {of(x), of(x)});
    apply("aten::matmul", "", {of(x), of(x)});
    CHECK(native_threads() == before + 1);
  }).join();
}

}  // namespace

int main() {
  RUN(one_team_in_the_process);
  RUN(single_threaded_forwards);
  RUN(multi_threaded_forwards);
  RUN(fused_forwards);
  RUN(fused_beside_unfused);
  RUN(one_model_in_all_ways);
  RUN(sessions_of_one_model);
  RUN(copies_of_one_model);
  RUN(stateful_module);
  RUN(errors_find_their_caller);
}
