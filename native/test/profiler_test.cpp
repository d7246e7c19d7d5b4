// Profiles: what is in them, on all threads, one at a time; ranges; the trace file; memory.
#include <sys/stat.h>

#include <map>
#include <thread>

#include "support.h"

using namespace test;

namespace {

using Profiler = std::unique_ptr<nx_profiler, Freed<nx_profiler_free>>;

Profiler start(int64_t options = 0) {
  nx_profiler* out = nullptr;
  succeeds(nx_profiler_start(options, &out));
  return Profiler(out);
}

struct Event {
  std::string name;
  std::vector<int64_t> columns;
  int64_t end_ns() const { return columns[NX_EVENT_START_NS] + columns[NX_EVENT_DURATION_NS]; }
};

using Events = std::vector<Event>;

Events stop(const Profiler& profiler) {
  Output result;
  succeeds(nx_profiler_stop(profiler.get(), result.out()));
  CHECK(result.length() == 2);
  const auto* names = reinterpret_cast<const nx_value*>(result[0].bits);
  const std::vector<int64_t> table = read<int64_t>(Output::tensor(result[1]));
  Events events;
  for (size_t row = 0; row < table.size(); row += NX_EVENT_COLUMNS) {
    const auto first = table.begin() + static_cast<std::ptrdiff_t>(row);
    Event event{"", {first, first + NX_EVENT_COLUMNS}};
    event.name = text(names[event.columns[NX_EVENT_NAME]]);
    CHECK(event.columns[NX_EVENT_DURATION_NS] >= 0);
    events.push_back(std::move(event));
  }
  return events;
}

Events named(const Events& events, const std::string& name) {
  Events found;
  for (const Event& event : events)
    if (event.name == name) found.push_back(event);
  return found;
}

Tensor pair() { return tensor({2}, std::vector<float>{1, 2}); }

void operators_and_ranges() {
  const Tensor x = pair();
  const Profiler profiler = start();
  CHECK(nx_live_handles(NX_HANDLE_RECORDING) == 1);
  nx_range* range = nullptr;
  succeeds(nx_range_begin("mine", &range));
  for (int i = 0; i < 3; ++i) apply("aten::relu", "", {of(x)});
  nx_range_end(range);
  const Events events = stop(profiler);
  const Events calls = named(events, "aten::relu");
  CHECK(calls.size() == 3);
  const Events ranges = named(events, "mine");
  CHECK(ranges.size() == 1 && ranges[0].columns[NX_EVENT_KIND] == NX_EVENT_RANGE);
  for (const Event& call : calls) {
    CHECK(call.columns[NX_EVENT_KIND] == NX_EVENT_OPERATOR);
    CHECK(call.columns[NX_EVENT_THREAD] == ranges[0].columns[NX_EVENT_THREAD]);
    CHECK(call.columns[NX_EVENT_START_NS] >= ranges[0].columns[NX_EVENT_START_NS]);
    CHECK(call.end_ns() <= ranges[0].end_ns());
    CHECK(call.columns[NX_EVENT_SHAPES] == -1 && call.columns[NX_EVENT_DEVICE_INDEX] == -1);
  }
}

void all_threads() {
  const Profiler profiler = start();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([] {
      const Tensor x = pair();
      for (int call = 0; call < 50; ++call) apply("aten::neg", "", {of(x)});
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::map<int64_t, int> calls;
  for (const Event& event : named(stop(profiler), "aten::neg"))
    ++calls[event.columns[NX_EVENT_THREAD]];
  CHECK(calls.size() == 4);
  for (const auto& [_, count] : calls) CHECK(count == 50);
}

void details() {
  const Tensor a = tensor({4, 8}, ramp(32));
  const Tensor b = tensor({8, 16}, ramp(128));
  const Profiler profiler = start(NX_PROFILE_SHAPES | NX_PROFILE_FLOPS | NX_PROFILE_MEMORY);
  apply("aten::mm", "", {of(a), of(b)});
  const Events events = stop(profiler);
  const Events products = named(events, "aten::mm");
  CHECK(products.size() == 1);
  CHECK(products[0].columns[NX_EVENT_FLOPS] == 2 * 4 * 8 * 16);
  CHECK(products[0].columns[NX_EVENT_SHAPES] >= 0);
  int64_t taken = 0;
  for (const Event& event : named(events, "[memory]")) {
    CHECK(event.columns[NX_EVENT_KIND] == NX_EVENT_MEMORY);
    taken += event.columns[NX_EVENT_BYTES];
  }
  // The result is given back before the profile ends.
  CHECK(taken == 0);
  bool has_result = false;
  for (const Event& event : named(events, "[memory]"))
    has_result |= event.columns[NX_EVENT_BYTES] >= 4 * 16 * 4;
  CHECK(has_result);
}

void one_at_a_time() {
  {
    const Profiler profiler = start();
    nx_profiler* second = nullptr;
    contains(fails(NX_ERROR_INVALID_ARGUMENT, nx_profiler_start(0, &second)), "running already");
    CHECK(second == nullptr);
  }
  stop(start());  // one that was freed is over
  const Profiler ended = start();
  stop(ended);
  Output again;
  contains(fails(NX_ERROR_INVALID_ARGUMENT, nx_profiler_stop(ended.get(), again.out())), "ended");
}

void no_gpu() {
  nx_profiler* out = nullptr;
  contains(fails(NX_ERROR_UNSUPPORTED, nx_profiler_start(NX_PROFILE_DEVICE, &out)), "GPU");
  stop(start());
}

void trace_file() {
  const TemporaryFile file;
  const Tensor x = pair();
  const Profiler profiler = start();
  fails(NX_ERROR_INVALID_ARGUMENT, nx_profiler_save(profiler.get(), file.path.c_str()));
  apply("aten::relu", "", {of(x)});
  stop(profiler);
  succeeds(nx_profiler_save(profiler.get(), file.path.c_str()));
  struct stat info{};
  CHECK(stat(file.path.c_str(), &info) == 0 && info.st_size > 200);
  contains(fails(NX_ERROR_INVALID_ARGUMENT, nx_profiler_save(profiler.get(), file.path.c_str())),
           "nothing to write");
}

// Without a profiler it is nothing, and it may outlive one.
void ranges_end_at_any_time() {
  nx_range* range = nullptr;
  succeeds(nx_range_begin("alone", &range));
  nx_range_end(range);
  {
    const Profiler profiler = start();
    succeeds(nx_range_begin("longer", &range));
    stop(profiler);
  }
  nx_range_end(range);
  nx_range_end(nullptr);
  CHECK(nx_live_handles(NX_HANDLE_RECORDING) == 0);
}

}  // namespace

int main() {
  RUN(operators_and_ranges);
  RUN(all_threads);
  RUN(details);
  RUN(one_at_a_time);
  RUN(no_gpu);
  RUN(trace_file);
  RUN(ranges_end_at_any_time);
}
