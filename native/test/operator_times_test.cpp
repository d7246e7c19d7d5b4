// Operator times: counts that are exact, times that fit into each other, one measurement at a time.
#include <atomic>
#include <chrono>
#include <map>
#include <thread>

#include "support.h"

using namespace test;

namespace {

using Times = std::unique_ptr<nx_operator_times, Freed<nx_operator_times_free>>;

struct Row {
  int64_t calls = 0;
  int64_t self_ns = 0;
  int64_t total_ns = 0;
};

using Rows = std::map<std::string, Row>;

Times start() {
  nx_operator_times* out = nullptr;
  succeeds(nx_operator_times_start(&out));
  return Times(out);
}

int64_t integer(const nx_value& value) {
  CHECK(value.kind == NX_INT);
  return value.bits;
}

Rows stop(const Times& times) {
  Output list;
  succeeds(nx_operator_times_stop(times.get(), list.out()));
  Rows rows;
  int64_t before = INT64_MAX;
  for (size_t i = 0; i < static_cast<size_t>(list.length()); ++i) {
    CHECK(list[i].kind == NX_TUPLE && list[i].length == 4);
    const auto* row = reinterpret_cast<const nx_value*>(list[i].bits);
    const Row sums{integer(row[1]), integer(row[2]), integer(row[3])};
    CHECK(sums.calls > 0 && sums.self_ns >= 0 && sums.self_ns <= sums.total_ns);
    CHECK(sums.self_ns <= before);
    before = sums.self_ns;
    CHECK(rows.emplace(text(row[0]), sums).second);
  }
  return rows;
}

int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

int64_t self_ns(const Rows& rows) {
  int64_t sum = 0;
  for (const auto& [_, row] : rows) sum += row.self_ns;
  return sum;
}

Tensor image() { return tensor({2, 3, 32, 32}, ramp(2 * 3 * 32 * 32)); }

void calls_of_operators() {
  const Tensor x = tensor({2}, std::vector<float>{1, 2});
  apply("aten::relu", "", {of(x)});
  const Times times = start();
  CHECK(nx_live_handles(NX_HANDLE_RECORDING) == 1);
  for (int i = 0; i < 3; ++i) apply("aten::relu", "", {of(x)});
  apply("aten::neg", "", {of(x)});
  const Rows rows = stop(times);
  CHECK(rows.at("aten::relu").calls == 3);
  CHECK(rows.at("aten::neg").calls == 1);
}

// What an operator calls is not its own time, and all of it is in the time of the call.
void inner_operators() {
  const Tensor x = tensor({2, 3, 32, 32}, ramp(2 * 3 * 32 * 32));
  const Tensor weight = tensor({8, 3, 3, 3}, ramp(8 * 3 * 3 * 3));
  const Times times = start();
  const int64_t begin = now_ns();
  apply("aten::conv2d", "", {of(x), of(weight)});
  const int64_t wall = now_ns() - begin;
  const Rows rows = stop(times);
  const Row& outer = rows.at("aten::conv2d");
  const Row& inner = rows.at("aten::convolution");
  CHECK(outer.calls == 1 && inner.calls == 1);
  CHECK(outer.self_ns + inner.total_ns == outer.total_ns);
  CHECK(self_ns(rows) == outer.total_ns);
  CHECK(outer.total_ns <= wall);
}

// That with a number calls that with a tensor.
void overloads_of_an_operator() {
  const Tensor x = tensor({2}, std::vector<float>{1, 2});
  const Times times = start();
  apply("aten::mul", "Scalar", {of(x), of(2.0)});
  const Rows rows = stop(times);
  const Row& row = rows.at("aten::mul");
  CHECK(row.calls == 1);
  CHECK(self_ns(rows) == row.total_ns);
}

void forwards_on(int32_t threads) {
  const Module model = load("convnet");
  const Tensor x = image();
  const auto forward = [&] { call(model, {of(x)}, options(threads)); };
  for (int i = 0; i < 3; ++i) forward();
  const Times times = start();
  const int64_t begin = now_ns();
  for (int i = 0; i < 5; ++i) forward();
  const int64_t wall = now_ns() - begin;
  const Rows rows = stop(times);
  CHECK(rows.at("aten::convolution").calls % 5 == 0);
  CHECK(self_ns(rows) <= wall);
}

// In place, and on the compute thread.
void forwards() {
  forwards_on(1);
  forwards_on(2);
}

void threads_count_together() {
  constexpr int kThreads = 8;
  constexpr int kCalls = 200;
  const Times times = start();
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([] {
      const Tensor x = tensor({2}, std::vector<float>{1, 2});
      for (int call = 0; call < kCalls; ++call) apply("aten::relu", "", {of(x)});
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(stop(times).at("aten::relu").calls == kThreads * kCalls);
}

// Threads are inside of operators while measurements begin and end.
void beside_work() {
  std::atomic<bool> done{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&done] {
      const Module model = load("convnet");
      const Tensor x = image();
      while (!done) call(model, {of(x)});
    });
  }
  for (int i = 0; i < 100; ++i) {
    const Times times = start();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (i % 2 == 0) stop(times);
  }
  done = true;
  for (std::thread& thread : threads) thread.join();
}

// Kernels of the fuser are told apart by what they compute.
void fused_kernels() {
  const Module model = changed(nx_module_freeze, load("convnet"));
  const Tensor x = image();
  nx_run_options how = options();
  how.fuse = 1;
  for (int i = 0; i < 3; ++i) call(model, {of(x)}, how);
  const Times times = start();
  for (int i = 0; i < 4; ++i) call(model, {of(x)}, how);
  const Rows rows = stop(times);
  int64_t with_convolution = 0;
  for (const auto& [name, row] : rows) {
    CHECK(name.find("LlgaPartition") == std::string::npos);
    CHECK(name != "prim::oneDNNFusionGroup");
    if (name.rfind("prim::oneDNNFusionGroup[", 0) != 0) continue;
    CHECK(name.back() == ']');
    if (name.find("conv") != std::string::npos) with_convolution += row.calls;
  }
  CHECK(with_convolution > 0 && with_convolution % 4 == 0);
}

void packed_layers() {
  const Module model = changed(nx_module_freeze, load("convnet"));
  const Tensor x = image();
  nx_run_options how = options();
  how.fuse = 2;
  call(model, {of(x)}, how);
  const Times times = start();
  for (int i = 0; i < 4; ++i) call(model, {of(x)}, how);
  const Rows rows = stop(times);
  const Row& layers = rows.at("narthex::packed_layer");
  CHECK(layers.calls > 0 && layers.calls % 4 == 0);
}

void one_at_a_time() {
  {
    const Times first = start();
    auto* second = reinterpret_cast<nx_operator_times*>(1);
    contains(fails(NX_ERROR_INVALID_ARGUMENT, nx_operator_times_start(&second)),
             "measured already");
    CHECK(second == nullptr);
  }
  // One that was freed without having been ended is not in the way.
  const Times next = start();
  stop(next);
  const Times last = start();
  Output list;
  contains(fails(NX_ERROR_INVALID_ARGUMENT, nx_operator_times_stop(next.get(), list.out())),
           "ended already");
  contains(fails(NX_ERROR_INVALID_ARGUMENT, nx_operator_times_stop(nullptr, list.out())),
           "times is NULL");
  nx_operator_times_free(nullptr);
}

void nothing_after_the_end() {
  const Tensor x = tensor({2}, std::vector<float>{1, 2});
  const Times times = start();
  const Rows rows = stop(times);
  CHECK(rows.empty());
  apply("aten::relu", "", {of(x)});
  const Times next = start();
  CHECK(stop(next).empty());
}

}  // namespace

int main() {
  RUN(calls_of_operators);
  RUN(inner_operators);
  RUN(overloads_of_an_operator);
  RUN(forwards);
  RUN(threads_count_together);
  RUN(beside_work);
  RUN(fused_kernels);
  RUN(packed_layers);
  RUN(one_at_a_time);
  RUN(nothing_after_the_end);
}
