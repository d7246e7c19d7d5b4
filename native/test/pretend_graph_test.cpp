// The pretended accelerator's graphs: captured, replayed, refused.
#include <c10/core/Event.h>
#include <c10/core/InferenceMode.h>

#include <atomic>
#include <thread>

#include "pretend_support.h"

using namespace test;

namespace {

void graphs_replay() {
  const c10::InferenceMode inference;
  torch::jit::Module model = convolutions();
  torch::jit::Module moved = model.clone();
  moved.to(device);
  const c10::StreamGuard guard(pool_stream());
  const at::Tensor input = at::zeros({2, 3, 8, 8}, device);
  for (int i = 0; i < 3; ++i) moved.forward({input});
  synchronize();

  const Filled filled;
  at::accelerator::Graph graph;
  const int64_t before = tasks();
  graph.capture_begin();
  CHECK(guard.current_stream().is_capturing());
  const at::Tensor output = moved.forward({input}).toTensor();
  graph.capture_end();
  CHECK(!guard.current_stream().is_capturing());
  CHECK(tasks() == before);
  CHECK(graph.pool() != (c10::MempoolId_t{0, 0}));
  for (int i = 0; i < 3; ++i) {
    const at::Tensor image = at::randn({2, 3, 8, 8});
    input.copy_(image);
    // Elsewhere, memory comes and goes.
    at::randn({100, 100}, device).relu();
    const Late late;
    graph.replay();
    CHECK(!guard.current_stream().query());
    same(output, model.forward({image}).toTensor());
  }
  CHECK(tasks() > before + 3 * 6);
}

void graphs_follow_events() {
  const c10::Stream main = pool_stream();
  const c10::Stream side = pool_stream();
  const c10::StreamGuard guard(main);
  const at::Tensor x = at::zeros({4}, device);
  const at::Tensor y = at::zeros({4}, device);
  synchronize();
  at::accelerator::Graph graph;
  c10::Event fork(c10::kPrivateUse1);
  c10::Event join(c10::kPrivateUse1);
  const auto on_side = [&] {
    fork.record(main);
    fork.block(side);
    const c10::StreamGuard guard(side);
    CHECK(side.is_capturing());
    y.copy_(x).mul_(2);
  };
  graph.capture_begin();
  x.add_(1);
  on_side();
  join.record(side);
  join.block(main);
  y.add_(1);
  graph.capture_end();
  CHECK(!side.is_capturing());
  CHECK(now(x) == 0);
  graph.replay();
  graph.replay();
  synchronize();
  CHECK(now(x) == 2 && now(y) == 5);

  // A second one from the same pool; without waiting for the side stream, it can't end.
  at::accelerator::Graph unjoined;
  unjoined.capture_begin(graph.pool());
  on_side();
  contains(error_of([&] { unjoined.capture_end(); }), "unjoined work");
  contains(error_of([&] { join.query(); }), "last recorded in a capturing stream");
}

void captures_do_not_wait() {
  const c10::StreamGuard guard(pool_stream());
  const at::Tensor x = at::ones({4}, device);
  const at::Tensor host = at::ones({4});
  c10::Event outside(c10::kPrivateUse1);
  outside.record(at::accelerator::getCurrentStream(1));
  const std::vector<std::function<void()>> waits = {
      [] { synchronize(); },
      [&] { guard.current_stream().synchronize(); },
      [&] { guard.current_stream().query(); },
      [&] { x.sum().item(); },
      [&] { x.nonzero(); },
      [&] { x.copy_(host); },
      [&] { host.copy_(x); },
  };
  for (const auto& wait : waits) {
    at::accelerator::Graph graph;
    graph.capture_begin();
    contains(error_of(wait), "operation not permitted when stream is capturing");
    contains(error_of([&] { graph.capture_end(); }), "previous error during capture");
    contains(error_of([&] { graph.replay(); }), "nothing has been captured");
  }
  synchronize();
  const c10::StreamGuard default_stream(
      c10::impl::VirtualGuardImpl(c10::kPrivateUse1).getDefaultStream(device));
  at::accelerator::Graph graph;
  contains(error_of([&] { graph.capture_begin(); }), "default");
}

void a_graph_gives_its_memory_back() {
  using c10::CachingAllocator::StatType;
  const auto total = static_cast<size_t>(StatType::AGGREGATE);
  const c10::StreamGuard guard(pool_stream());
  const auto reserved = [&] {
    return at::accelerator::getDeviceStats(0).reserved_bytes[total].current;
  };
  const at::Tensor x = at::ones({1 << 20}, device);
  synchronize();
  at::accelerator::emptyCache();
  const int64_t before = reserved();
  {
    at::accelerator::Graph graph;
    graph.capture_begin();
    {
      const at::Tensor y = x * 2 + 1;
    }
    graph.capture_end();
    const int64_t held = reserved();
    CHECK(held > before);
    at::accelerator::emptyCache();
    CHECK(reserved() == held);
    graph.replay();
  }
  CHECK(reserved() == before);
}

void threads_capture_side_by_side() {
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      const c10::StreamGuard guard(pool_stream());
      const at::Tensor x = at::full({100}, static_cast<float>(i), device);
      at::accelerator::Graph graph;
      graph.capture_begin();
      for (int step = 0; step < 10; ++step) x.copy_(x + x.relu() * 0 + 1);
      graph.capture_end();
      for (int run = 0; run < 10; ++run) graph.replay();
      if (at::equal(x.cpu(), at::full({100}, static_cast<float>(i + 100)))) ++right;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(right == 4);
}

}  // namespace

int main() {
  start();
  RUN(graphs_replay);
  RUN(graphs_follow_events);
  RUN(captures_do_not_wait);
  RUN(a_graph_gives_its_memory_back);
  RUN(threads_capture_side_by_side);
}
