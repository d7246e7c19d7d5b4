// libtorch's switches for GPUs: as asked while a model runs, and as they were after it.
#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <torch/library.h>

#include <atomic>
#include <functional>
#include <future>
#include <thread>

#undef CHECK  // torch's logging has one too
#include "support.h"

using namespace test;

namespace {

constexpr int32_t kAll = NX_SWITCH_TF32 | NX_SWITCH_CUDNN_BENCHMARK | NX_SWITCH_FLOAT32_SUMS;

// The switches that are on, half of one is an error.
int32_t now() {
  const at::Context& context = at::globalContext();
  const bool is_tf32 = context.allowTF32CuBLAS();
  CHECK(context.allowTF32CuDNN() == is_tf32);
  CHECK(context.allowTF32CuDNN(at::Float32Op::RNN) == is_tf32);
  constexpr auto kReduced = at::CuBLASReductionOption::AllowReducedPrecisionWithSplitK;
  const bool is_float32 = context.allowFP16ReductionCuBLAS() != kReduced;
  CHECK((context.allowBF16ReductionCuBLAS() != kReduced) == is_float32);
  return (is_tf32 ? NX_SWITCH_TF32 : 0) |
         (context.benchmarkCuDNN() ? NX_SWITCH_CUDNN_BENCHMARK : 0) |
         (is_float32 ? NX_SWITCH_FLOAT32_SUMS : 0);
}

// What a model does when it runs; on any thread.
std::function<void()> work = [] {};  // NOLINT(bugprone-throwing-static-initialization)

at::Tensor do_work(const at::Tensor& x) {
  work();
  return x;
}

}  // namespace

// Among libtorch's own, since TorchScript source has no other names in reach.
TORCH_LIBRARY_FRAGMENT(aten, library) { library.def("nx_test_work(Tensor x) -> Tensor", &do_work); }

namespace {

Module worker() {
  const Module module = create({});
  nx_module* out = nullptr;
  succeeds(nx_module_define(module.get(),
                            "def forward(self, x):\n    return torch.nx_test_work(x)\n", &out));
  return Module(out);
}

nx_run_options with(int32_t switches) {
  nx_run_options how = options();
  how.switches = switches;
  return how;
}

void run(const Module& module, int32_t switches) {
  call(module, {of(tensor({1}, {0}))}, with(switches));
}

void each_alone_and_all_together() {
  const Module module = worker();
  for (const int asked :
       std::vector<int>{0, NX_SWITCH_TF32, NX_SWITCH_CUDNN_BENCHMARK, NX_SWITCH_FLOAT32_SUMS,
                        NX_SWITCH_TF32 | NX_SWITCH_FLOAT32_SUMS, kAll}) {
    int32_t seen = -1;
    work = [&] { seen = now(); };
    run(module, asked);
    CHECK(seen == asked);
    CHECK(now() == 0);
  }
}

void sessions_and_the_compute_thread_too() {
  const Module module = worker();
  const Tensor x = tensor({1}, {0});
  int32_t seen = -1;
  work = [&] { seen = now(); };
  nx_run_options how = with(kAll);
  how.threads = 2;
  const Session session = open(module, {of(x)}, how);
  CHECK(now() == 0);
  test::run(session);
  CHECK(seen == kAll);
  CHECK(now() == 0);
}

void what_was_on_before_stays_on() {
  const Module module = worker();
  at::globalContext().setBenchmarkCuDNN(true);
  at::globalContext().setAllowTF32CuBLAS(true);
  at::globalContext().setAllowTF32CuDNN(true);
  at::globalContext().setAllowFP16ReductionCuBLAS(false, false);
  at::globalContext().setAllowBF16ReductionCuBLAS(false, true);
  work = [] { CHECK(now() == kAll); };
  run(module, kAll);
  CHECK(now() == kAll);
  using Option = at::CuBLASReductionOption;
  CHECK(at::globalContext().allowFP16ReductionCuBLAS() ==
        Option::DisallowReducedPrecisionDisallowSplitK);
  CHECK(at::globalContext().allowBF16ReductionCuBLAS() ==
        Option::DisallowReducedPrecisionAllowSplitK);
  at::globalContext().setBenchmarkCuDNN(false);
  at::globalContext().setAllowTF32CuBLAS(false);
  at::globalContext().setAllowTF32CuDNN(false);
  at::globalContext().setAllowFP16ReductionCuBLAS(true);
  at::globalContext().setAllowBF16ReductionCuBLAS(true);
  CHECK(now() == 0);
}

// libtorch may have been told by its newer functions alone, of which its older ones know nothing.
void what_the_newer_functions_said_is_kept() {
  const Module module = worker();
  using at::Float32Backend;
  using at::Float32Op;
  using at::Float32Precision;
  at::Context& context = at::globalContext();
  context.setFloat32Precision(Float32Backend::CUDA, Float32Op::CONV, Float32Precision::TF32);
  const auto tf32 = [&](Float32Op op) {
    return context.float32Precision(Float32Backend::CUDA, op) == Float32Precision::TF32;
  };
  work = [&] { CHECK(now() == NX_SWITCH_TF32); };
  run(module, NX_SWITCH_TF32);
  CHECK(tf32(Float32Op::CONV) && !tf32(Float32Op::RNN) && !tf32(Float32Op::MATMUL));
  context.setAllowTF32CuDNN(false);
  CHECK(now() == 0);
}

void a_call_that_fails_restores_them() {
  const Module module = worker();
  work = [] {
    CHECK(now() == kAll);
    TORCH_CHECK(false, "as planned");
  };
  nx_value result{};
  const nx_run_options how = with(kAll);
  const Tensor x = tensor({1}, {0});
  contains(fails(NX_ERROR_OPERATOR, try_call(module, "forward", {of(x)}, &result, how)),
           "as planned");
  CHECK(now() == 0);
  // An input that does not fit fails before the model runs.
  fails(NX_ERROR_INVALID_ARGUMENT, try_call(module, "forward", {of(int64_t{1})}, &result, how));
  CHECK(now() == 0);
}

void a_call_inside_a_call() {
  const Module module = worker();
  bool is_inner = false;
  work = [&] {
    if (is_inner) {
      CHECK(now() == (NX_SWITCH_TF32 | NX_SWITCH_CUDNN_BENCHMARK));
      return;
    }
    is_inner = true;
    run(module, NX_SWITCH_CUDNN_BENCHMARK);
    CHECK(now() == NX_SWITCH_TF32);
    run(module, NX_SWITCH_TF32 | NX_SWITCH_CUDNN_BENCHMARK);
    CHECK(now() == NX_SWITCH_TF32);
  };
  run(module, NX_SWITCH_TF32);
  CHECK(now() == 0);
}

// The first call ends while the second one still runs, and takes its own switch back alone.
void calls_that_overlap() {
  const Module module = worker();
  std::promise<void> first_runs;
  std::promise<void> second_runs;
  std::promise<void> first_is_done;
  std::atomic<int> calls{0};
  work = [&] {
    if (calls++ == 0) {
      CHECK(now() == NX_SWITCH_TF32);
      first_runs.set_value();
      second_runs.get_future().wait();
      CHECK(now() == (NX_SWITCH_TF32 | NX_SWITCH_CUDNN_BENCHMARK));
    } else {
      second_runs.set_value();
      first_is_done.get_future().wait();
      CHECK(now() == NX_SWITCH_CUDNN_BENCHMARK);
    }
  };
  std::thread first([&] {
    run(module, NX_SWITCH_TF32);
    first_is_done.set_value();
  });
  first_runs.get_future().wait();
  std::thread second([&] { run(module, NX_SWITCH_CUDNN_BENCHMARK); });
  first.join();
  second.join();
  CHECK(now() == 0);
}

void many_threads() {
  const Module module = worker();
  std::vector<std::thread> threads;
  work = [] { CHECK(at::globalContext().benchmarkCuDNN()); };  // all of them ask for it
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      const int32_t more = i % 2 == 0 ? 0 : NX_SWITCH_FLOAT32_SUMS;
      for (int j = 0; j < 500; ++j) run(module, NX_SWITCH_CUDNN_BENCHMARK | more);
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(now() == 0);
}

void unknown_ones_are_refused() {
  const Module module = worker();
  nx_value result{};
  const Tensor x = tensor({1}, {0});
  contains(fails(NX_ERROR_INVALID_ARGUMENT,
                 try_call(module, "forward", {of(x)}, &result, with(kAll + 8))),
           "unknown switches 15");
  CHECK(now() == 0);
}

}  // namespace

int main() {
  at::globalContext().setAllowTF32CuDNN(false);  // it is on in libtorch
  RUN(each_alone_and_all_together);
  RUN(sessions_and_the_compute_thread_too);
  RUN(what_was_on_before_stays_on);
  RUN(what_the_newer_functions_said_is_kept);
  RUN(a_call_that_fails_restores_them);
  RUN(a_call_inside_a_call);
  RUN(calls_that_overlap);
  RUN(many_threads);
  RUN(unknown_ones_are_refused);
}
