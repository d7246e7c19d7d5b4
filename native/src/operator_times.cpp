#include "operator_times.h"

#include <ATen/record_function.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include "handles.h"
#include "profiler.h"
#include "value.h"

namespace nx {
namespace {

// What libtorch calls a kernel of the oneDNN Graph fuser, before its number.
constexpr std::string_view kFusedKernel = "LlgaPartition_";

// The range of a profile in which such kernels run: its name goes on with what they are.
constexpr const char* kPartsRange = "narthex::parts";

// The operator that such a kernel is.
constexpr const char* kFusedGroup = "prim::oneDNNFusionGroup";

int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

struct Sums {
  int64_t calls = 0;
  int64_t self_ns = 0;
  int64_t total_ns = 0;

  void add(const Sums& other) {
    calls += other.calls;
    self_ns += other.self_ns;
    total_ns += other.total_ns;
  }
};

// The sums of one thread, which another reads at the end.
class ThreadTimes {
 public:
  void enter(const at::RecordFunction& function) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const std::string_view name = function.name();
    auto found = operators_.find(name);
    if (found == operators_.end()) found = operators_.emplace(name, Operator()).first;
    Operator& op = found->second;
    if (name.substr(0, kFusedKernel.size()) == kFusedKernel) kernels_.push_back(&op);
    open_.push_back({&function, &op, 0, 0});
    ++op.open;
    open_.back().start_ns = now_ns();  // last, so that the work above is not the operator's
  }

  void leave(const at::RecordFunction& function) {
    const int64_t end_ns = now_ns();
    const std::lock_guard<std::mutex> lock(mutex_);
    // Not one that was entered before the measurement, or whose entry had no memory.
    if (open_.empty() || open_.back().function != &function) return;
    const Call call = open_.back();
    open_.pop_back();
    const int64_t time_ns = end_ns - call.start_ns;
    if (!open_.empty()) open_.back().inner_ns += time_ns;
    // An overload that calls another of the same name is one call, as in Python's profiler.
    if (open_.empty() || open_.back().op != call.op) ++call.op->sums.calls;
    call.op->sums.self_ns += time_ns - call.inner_ns;
    // An operator that calls itself takes the time of its outermost call.
    if (--call.op->open == 0) call.op->sums.total_ns += time_ns;
  }

  void forget_kernels() {
    const std::lock_guard<std::mutex> lock(mutex_);
    kernels_.clear();
  }

  void name_kernels(const std::vector<std::string>& parts) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (kernels_.size() != parts.size()) return;
    for (size_t i = 0; i < parts.size(); ++i) kernels_[i]->part = parts[i];
  }

  // Adds the sums of all operators, and forgets them.
  void take(std::map<std::string, Sums>& sums) {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& [name, op] : operators_) {
      if (op.sums.calls > 0) sums[readable(name, op.part)].add(op.sums);
    }
    open_.clear();
    kernels_.clear();
    operators_.clear();
  }

 private:
  struct Operator {
    Sums sums;
    int64_t open = 0;  // calls that have not returned
    std::string part;  // what it computes, where it is a kernel of the fuser and that is known
  };

  struct Call {
    const at::RecordFunction* function;
    Operator* op;
    int64_t inner_ns;  // in operators that it called
    int64_t start_ns;
  };

  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  static std::string readable(const std::string& name, const std::string& part) {
    if (name.compare(0, kFusedKernel.size(), kFusedKernel) != 0) return name;
    return part.empty() ? kFusedGroup : kFusedGroup + ("[" + part + "]");
  }

  std::mutex mutex_;
  std::unordered_map<std::string, Operator, Hash, std::equal_to<>> operators_;
  std::vector<Call> open_;          // the innermost last
  std::vector<Operator*> kernels_;  // of the fuser, in the order in which they ran
};

class Measurement {
 public:
  std::shared_ptr<ThreadTimes> new_thread() {
    threads_.push_back(std::make_shared<ThreadTimes>());
    return threads_.back();
  }

  std::map<std::string, Sums> take() {
    std::map<std::string, Sums> sums;
    for (const auto& thread : threads_) thread->take(sums);
    return sums;
  }

 private:
  std::vector<std::shared_ptr<ThreadTimes>> threads_;
};

// The measurement of this process, while there is one. Never destroyed: threads may call operators
// until the process ends.
struct Current {
  std::mutex mutex;
  std::unique_ptr<Measurement> measurement;
  int64_t last_number = 0;
  std::atomic<int64_t> number{0};  // of the measurement that runs; 0 for none
};

Current& current() {
  static auto* const kCurrent = new Current();
  return *kCurrent;
}

// What this thread counts, and in which measurement.
struct Membership {
  int64_t number = 0;
  std::shared_ptr<ThreadTimes> times;
};
thread_local Membership mine;

// Null if there is no measurement, or this thread has not taken part in it.
ThreadTimes* joined() {
  const int64_t number = current().number.load(std::memory_order_acquire);
  return number != 0 && mine.number == number ? mine.times.get() : nullptr;
}

// Null if there is no measurement.
ThreadTimes* join() {
  if (current().number.load(std::memory_order_acquire) == 0) return nullptr;
  if (ThreadTimes* times = joined()) return times;
  const std::lock_guard<std::mutex> lock(current().mutex);
  if (!current().measurement) return nullptr;  // it has just ended
  mine = {current().last_number, current().measurement->new_thread()};
  return mine.times.get();
}

std::unique_ptr<at::ObserverContext> enter(const at::RecordFunction& function) {
  if (ThreadTimes* times = join()) times->enter(function);
  return nullptr;
}

void leave(const at::RecordFunction& function, at::ObserverContext* /*context*/) {
  if (ThreadTimes* times = joined()) times->leave(function);
}

}  // namespace

FusedParts::FusedParts(const std::vector<std::string>& parts) : parts_(parts) {
  if (ThreadTimes* times = join()) times->forget_kernels();
  if (!is_profiling()) return;
  std::string name = kPartsRange;
  for (const std::string& part : parts) name += "|" + part;
  range_.emplace(at::RecordScope::USER_SCOPE);
  if (range_->isActive()) range_->before(name);
}

FusedParts::~FusedParts() {
  if (ThreadTimes* times = joined()) times->name_kernels(parts_);
}

}  // namespace nx

struct nx_operator_times {
  at::CallbackHandle callback;
  bool has_ended = false;
};

namespace {

nx_operator_times* start_measurement() {
  nx::Current& current = nx::current();
  const std::lock_guard<std::mutex> lock(current.mutex);
  if (current.measurement)
    nx::invalid_argument(
        "operators are being measured already: one measurement at a time in a process");
  auto times = std::make_unique<nx_operator_times>();
  current.measurement = std::make_unique<nx::Measurement>();
  try {
    times->callback = at::addGlobalCallback(
        at::RecordFunctionCallback(nx::enter, nx::leave).scopes({at::RecordScope::FUNCTION}));
  } catch (...) {
    current.measurement.reset();
    throw;
  }
  current.number.store(++current.last_number, std::memory_order_release);
  return times.release();
}

// The sums; of a measurement that has ended, none.
std::map<std::string, nx::Sums> end(nx_operator_times& times) {
  if (times.has_ended) return {};
  times.has_ended = true;
  at::removeCallback(times.callback);
  nx::Current& current = nx::current();
  const std::lock_guard<std::mutex> lock(current.mutex);
  current.number.store(0, std::memory_order_release);
  return std::exchange(current.measurement, nullptr)->take();
}

c10::IValue rows(const std::map<std::string, nx::Sums>& sums) {
  std::vector<std::pair<std::string, nx::Sums>> sorted(sums.begin(), sums.end());
  std::sort(sorted.begin(), sorted.end(), [](const auto& one, const auto& other) {
    return std::tie(other.second.self_ns, one.first) < std::tie(one.second.self_ns, other.first);
  });
  std::vector<c10::IValue> rows;
  rows.reserve(sorted.size());
  for (const auto& [name, of] : sorted)
    rows.emplace_back(c10::ivalue::Tuple::create({name, of.calls, of.self_ns, of.total_ns}));
  return c10::ivalue::Tuple::create(std::move(rows));
}

}  // namespace

nx_error* nx_operator_times_start(nx_operator_times** out) noexcept {
  *out = nullptr;
  return nx::guard([&] {
    *out = start_measurement();
    nx::count_handle(NX_HANDLE_RECORDING, +1);
  });
}

nx_error* nx_operator_times_stop(nx_operator_times* times, nx_value* out) noexcept {
  *out = {};
  return nx::guard([&] {
    nx::require(times, "times");
    if (times->has_ended) nx::invalid_argument("the measurement has ended already");
    nx::write_value(rows(end(*times)), out);
  });
}

void nx_operator_times_free(nx_operator_times* times) noexcept {
  if (times == nullptr) return;
  // Its sums are lost with it, and so is a failure to add them up.
  nx_error_free(nx::guard([&] { end(*times); }));
  delete times;
  nx::count_handle(NX_HANDLE_RECORDING, -1);
}
