// The pretended accelerator's streams, events and memory follow CUDA's rules.
#include <ATen/core/CachingHostAllocator.h>
#include <c10/core/Event.h>

#include <thread>

#include "pretend_support.h"

using namespace test;

namespace {

void what_is_not_waited_for_is_not_done() {
  at::Tensor x = at::zeros({4}, device);
  synchronize();
  const int64_t before = tasks();
  {
    const Late late;
    x.add_(1);
    const at::Tensor y = x * 2;
    CHECK(now(x) == 0);
    CHECK(!at::accelerator::getCurrentStream(0).query());
    CHECK(y.cpu()[0].item<float>() == 2);
  }
  CHECK(now(x) == 1);
  CHECK(at::accelerator::getCurrentStream(0).query());
  CHECK(tasks() == before + 3);
}

void copies_wait_unless_they_need_not() {
  const at::Tensor pinned = at::full({4}, 3.0F, at::TensorOptions().pinned_memory(true));
  CHECK(pinned.is_pinned() && !at::ones({4}).is_pinned());
  const at::Tensor result = at::zeros({4}, at::TensorOptions().pinned_memory(true));
  const at::Tensor x = at::zeros({4}, device);
  const at::Tensor y = at::zeros({4}, other_device);
  synchronize();
  synchronize(other_device);
  const Late late;
  x.copy_(pinned, true);
  CHECK(now(x) == 0);
  result.copy_(x, true);
  CHECK(now(result) == 0);
  synchronize();
  CHECK(now(x) == 3 && now(result) == 3);
  // Memory that is not pinned, and calls that want to wait.
  x.copy_(at::full({4}, 4.0F), true);
  CHECK(now(x) == 4);
  x.copy_(pinned);
  CHECK(now(x) == 3);
  // From device to device: each one's stream waits for the other's.
  x.add_(1);
  y.copy_(x);
  CHECK(now(y) == 0);
  y.add_(1);
  synchronize(other_device);
  CHECK(now(x) == 4 && now(y) == 5);
}

void tasks_are_held_by_kind() {
  at::Tensor x = at::zeros({4}, device);
  synchronize();
  hold(PRETEND_FROM_HOST | PRETEND_BETWEEN_DEVICES);
  x.add_(1);
  synchronize();
  CHECK(now(x) == 1 && held() == 0);
  const at::Tensor y = x.to(other_device);
  x.add_(1);
  while (held() == 0) std::this_thread::yield();
  CHECK(now(x) == 1 && held() == 1 && !at::accelerator::getCurrentStream(0).query());
  hold(0);
  synchronize();
  synchronize(other_device);
  CHECK(now(x) == 2 && now(y) == 1 && held() == 0);
}

void pinned_memory_is_kept_for_its_copies() {
  const at::Tensor x = at::zeros({1000}, device);
  synchronize();
  const Late late;
  at::Tensor pinned = at::ones({1000}, at::TensorOptions().pinned_memory(true));
  x.copy_(pinned, true);
  const void* const memory = pinned.data_ptr();
  pinned = at::Tensor();
  at::Tensor next = at::zeros({1000}, at::TensorOptions().pinned_memory(true));
  CHECK(next.data_ptr() != memory);
  synchronize();
  CHECK(now(x) == 1);
  next = at::zeros({1000}, at::TensorOptions().pinned_memory(true));
  CHECK(next.data_ptr() == memory);
  const at::HostStats stats = at::getHostAllocator(c10::kPrivateUse1)->get_stats();
  CHECK(stats.active_requests.current >= 1 && stats.allocated_bytes.current >= 4000);
}

void events_order_streams() {
  const c10::Stream first = pool_stream();
  const c10::Stream second = pool_stream();
  const at::Tensor x = at::zeros({4}, device);
  at::Tensor y = at::zeros({4}, device);
  synchronize();
  const Late late;
  c10::Event start(c10::kPrivateUse1, c10::EventFlag::BACKEND_DEFAULT);
  c10::Event ready(c10::kPrivateUse1, c10::EventFlag::BACKEND_DEFAULT);
  CHECK(ready.query());
  {
    const c10::StreamGuard guard(first);
    start.record(first);
    for (int i = 0; i < 5; ++i) x.add_(1);
    ready.record(first);
  }
  CHECK(!ready.query());
  {
    const c10::StreamGuard guard(second);
    // Without a wait: what was there before.
    y.copy_(x);
    second.synchronize();
    CHECK(now(y) < 5);
    ready.block(second);
    y.copy_(x);
    second.synchronize();
    CHECK(now(y) == 5);
  }
  ready.synchronize();
  CHECK(ready.query());
  CHECK(start.elapsedTime(ready) >= 5 * static_cast<double>(delay_micros) / 1000);
}

void a_stream_reuses_its_own_memory_at_once() {
  at::Tensor x = at::ones({5000}, device);
  const void* const memory = x.data_ptr();
  x = at::Tensor();
  x = at::ones({5000}, device);
  CHECK(x.data_ptr() == memory);
  x = at::Tensor();
  const c10::StreamGuard guard(pool_stream());
  CHECK(at::ones({5000}, device).data_ptr() != memory);
}

// Reads on another stream what is freed while it reads; true where it got the right numbers.
bool reads_right(bool recorded) {
  const c10::Stream side = pool_stream();
  at::Tensor sum;
  {
    at::Tensor x = at::ones({7000}, device);
    synchronize();
    const c10::StreamGuard guard(side);
    sum = x.sum();
    if (recorded) x.record_stream(side);
  }
  side.synchronize();
  return sum.item<float>() == 7000;
}

void recorded_memory_is_not_reused_early() {
  const Filled filled;
  const Late late;
  CHECK(reads_right(true));
  CHECK(!reads_right(false));
}

void statistics_are_kept() {
  using c10::CachingAllocator::StatType;
  const auto total = static_cast<size_t>(StatType::AGGREGATE);
  synchronize();
  at::accelerator::emptyCache();
  at::accelerator::resetPeakStats(0);
  at::accelerator::resetAccumulatedStats(0);
  const auto before = at::accelerator::getDeviceStats(0);
  constexpr int64_t bytes = int64_t{1} << 20;
  at::empty({2 * bytes}, at::TensorOptions(device).dtype(at::kByte));
  const at::Tensor kept = at::empty({bytes}, at::TensorOptions(device).dtype(at::kByte));
  const auto after = at::accelerator::getDeviceStats(0);
  const int64_t base = before.allocated_bytes[total].current;
  CHECK(after.allocated_bytes[total].current >= base + bytes);
  CHECK(after.allocated_bytes[total].peak >= base + 2 * bytes);
  CHECK(after.allocated_bytes[total].peak >= after.allocated_bytes[total].current);
  CHECK(after.allocated_bytes[total].freed >= 2 * bytes);
  CHECK(after.allocation[total].allocated == 2 && after.num_device_alloc >= 1);
  CHECK(after.reserved_bytes[total].current >= after.allocated_bytes[total].current);
  const auto [free, all] = at::accelerator::getMemoryInfo(0);
  CHECK(all == size_t{256} << 20);
  CHECK(free == all - static_cast<size_t>(after.reserved_bytes[total].current));
  at::accelerator::resetPeakStats(0);
  const auto reset = at::accelerator::getDeviceStats(0);
  CHECK(reset.allocated_bytes[total].peak == reset.allocated_bytes[total].current);
}

void memory_runs_out() {
  const auto megabytes = [](int64_t count) {
    return at::empty({count << 20}, at::TensorOptions(device).dtype(at::kByte));
  };
  {
    megabytes(240);
  }
  // The cached block is given back first.
  at::Tensor x = megabytes(100);
  CHECK(at::accelerator::getDeviceStats(0).num_alloc_retries > 0);
  const int64_t before = at::accelerator::getDeviceStats(0).num_ooms;
  bool thrown = false;
  try {
    megabytes(200);
  } catch (const c10::OutOfMemoryError& error) {
    thrown = true;
    contains(error.what(), "privateuseone:0 out of memory. Tried to allocate 200.00 MiB");
  }
  CHECK(thrown);
  CHECK(at::accelerator::getDeviceStats(0).num_ooms == before + 1);
  x = megabytes(10);
}

void task_errors_come_when_one_waits() {
  const at::Tensor table = at::ones({3, 2}, device);
  const at::Tensor index = at::full({1}, 7, at::TensorOptions(device).dtype(at::kLong));
  const at::Tensor row = at::embedding(table, index);
  contains(error_of([] { synchronize(); }), "out of range");
  synchronize();
}

}  // namespace

int main() {
  start();
  RUN(what_is_not_waited_for_is_not_done);
  RUN(copies_wait_unless_they_need_not);
  RUN(tasks_are_held_by_kind);
  RUN(pinned_memory_is_kept_for_its_copies);
  RUN(events_order_streams);
  RUN(a_stream_reuses_its_own_memory_at_once);
  RUN(recorded_memory_is_not_reused_early);
  RUN(statistics_are_kept);
  RUN(memory_runs_out);
  RUN(task_errors_come_when_one_waits);
}
