// Profiles by libtorch's own profiler, and ranges that callers name.
#include "profiler.h"

#include <ATen/Context.h>
#include <ATen/ops/empty.h>
#include <ATen/record_function.h>
#include <kineto/ActivityType.h>
#include <torch/csrc/autograd/profiler_kineto.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <unordered_map>

#include "device.h"
#include "flops.h"
#include "handles.h"
#include "memory.h"
#include "torch_versions.h"
#include "value.h"

namespace {

using torch::autograd::profiler::KinetoEvent;
using torch::autograd::profiler::ProfilerResult;
using torch::profiler::impl::ActivityType;

// libtorch has one profiler for all threads.
struct Running {
  std::mutex mutex;
  std::atomic<const nx_profiler*> profiler{nullptr};
};

Running& running() {
  static auto* const kRunning = new Running();
  return *kRunning;
}

// Kineto tells standard error of each profile, and that there is no GPU. It reads the level of its
// log when it first records. When the shim is loaded, since to change the environment is no thing
// for a process with many threads.
[[gnu::constructor]] void quieten() noexcept {
  setenv("KINETO_LOG_LEVEL", "99", /*overwrite=*/0);  // NOLINT(concurrency-mt-unsafe)
}

// Each text once, by its position.
class Names {
 public:
  int64_t position(const std::string& text) {
    const auto [found, is_new] = positions_.emplace(text, texts_.size());
    if (is_new) texts_.emplace_back(text);
    return found->second;
  }

  c10::IValue list() && { return c10::ivalue::Tuple::create(std::move(texts_)); }

 private:
  std::unordered_map<std::string, int64_t> positions_;
  std::vector<c10::IValue> texts_;
};

std::string shapes_text(const KinetoEvent& event) {
  std::string text = "[";
  for (const std::vector<int64_t>& shape : event.shapes()) {
    if (text.size() > 1) text += ", ";
    text += '[';
    for (size_t i = 0; i < shape.size(); ++i)
      text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
    text += ']';
  }
  return text + "]";
}

std::string module_text(const KinetoEvent& event) {
  std::string text;
  for (const std::string& part : event.moduleHierarchy()) {
    if (!text.empty()) text += '.';
    text += part;
  }
  return text;
}

bool is_on_host(const KinetoEvent& event) { return event.deviceType() == c10::DeviceType::CPU; }

// Not where the host waits for a device, nor a range of the host's as the device saw it: what runs
// in it is there by itself.
bool is_work_of_device(const KinetoEvent& event) {
  switch (static_cast<libkineto::ActivityType>(event.activityType())) {
    case libkineto::ActivityType::CONCURRENT_KERNEL:
    case libkineto::ActivityType::GPU_MEMCPY:
    case libkineto::ActivityType::GPU_MEMSET:
      return true;
    default:
      return false;
  }
}

int64_t kind_of(const KinetoEvent& event, const std::string& name) {
  if (name == "[memory]") return NX_EVENT_MEMORY;  // of a device too
  if (!is_on_host(event)) return is_work_of_device(event) ? NX_EVENT_DEVICE : NX_EVENT_OTHER;
  switch (static_cast<at::RecordScope>(event.scope())) {
    case at::RecordScope::FUNCTION:
    case at::RecordScope::KERNEL_FUNCTION_DTYPE:
      return NX_EVENT_OPERATOR;
    case at::RecordScope::USER_SCOPE:
      return NX_EVENT_RANGE;
    default:
      return NX_EVENT_OTHER;
  }
}

// libtorch counts fewer operators: of a traced model, no convolution. It does count the products
// that linear and matmul call.
int64_t flops(const KinetoEvent& event, const std::string& name) {
  if (event.flops() != 0 || !event.hasShapes() || name == "aten::linear" || name == "aten::matmul")
    return static_cast<int64_t>(event.flops());
  return nx::flops_of(name, event.shapes().vec(), event.concreteInputs());
}

c10::IValue rows(const ProfilerResult& result, bool with_flops) {
  const std::vector<KinetoEvent>& events = result.events();
  Names names;
  const at::Tensor table =
      at::empty({static_cast<int64_t>(events.size()), NX_EVENT_COLUMNS}, at::kLong);
  int64_t* row = table.mutable_data_ptr<int64_t>();
  const uint64_t began_ns = result.trace_start_ns();
  for (const KinetoEvent& event : events) {
    const std::string name = event.name();
    const bool on_host = is_on_host(event);
    row[NX_EVENT_NAME] = names.position(name);
    const int64_t kind = kind_of(event, name);
    row[NX_EVENT_KIND] = kind;
    row[NX_EVENT_START_NS] = static_cast<int64_t>(event.startNs() - began_ns);
    row[NX_EVENT_DURATION_NS] = static_cast<int64_t>(event.durationNs());
    // A thread takes a device's memory; nothing on the device does.
    row[NX_EVENT_THREAD] = on_host || kind == NX_EVENT_MEMORY
                               ? static_cast<int64_t>(event.startThreadId())
                               : event.deviceResourceId();
    row[NX_EVENT_DEVICE_INDEX] = on_host ? -1 : event.deviceIndex();
    row[NX_EVENT_SHAPES] = event.hasShapes() ? names.position(shapes_text(event)) : -1;
    row[NX_EVENT_MODULE] = event.hasModuleHierarchy() ? names.position(module_text(event)) : -1;
    row[NX_EVENT_FLOPS] = with_flops ? flops(event, name) : 0;
    row[NX_EVENT_BYTES] = event.nBytes();
    row[NX_EVENT_CORRELATION] =
        static_cast<int64_t>(on_host ? event.correlationId() : event.linkedCorrelationId());
    row += NX_EVENT_COLUMNS;
  }
  return c10::ivalue::Tuple::create({std::move(names).list(), table});
}

}  // namespace

struct nx_profiler {
  bool watches_memory = false;
  bool counts_flops = false;
  bool has_ended = false;
  std::unique_ptr<ProfilerResult> result;  // until it is saved
};

struct nx_range {
  at::RecordFunction function{at::RecordScope::USER_SCOPE};
};

namespace {

// What Kineto has to record for the devices that are there, of the kinds that it knows.
std::set<ActivityType> activities_of_devices() {
  std::set<ActivityType> activities;
  if (nx::device_count(at::kCUDA) > 0) activities.insert(ActivityType::CUDA);
  if (nx::device_count(at::kXPU) > 0) activities.insert(ActivityType::XPU);
  if (activities.empty())
    throw nx::Failure(NX_ERROR_UNSUPPORTED,
                      "there are no kernels of a GPU to record: libtorch has none here");
  return activities;
}

// For libtorch it is a profiler of the thread, one that records nothing.
struct MemoryReporter final : torch::profiler::impl::ProfilerStateBase {
  MemoryReporter()
      : ProfilerStateBase(
            torch::profiler::impl::ProfilerConfig(torch::profiler::impl::ProfilerState::Disabled)) {
  }

  torch::profiler::impl::ActiveProfilerType profilerType() override {
    return torch::profiler::impl::ActiveProfilerType::NONE;
  }

  bool memoryProfilingEnabled() const override { return true; }

  void reportMemoryUsage(void* memory, int64_t byte_length, size_t allocated, size_t reserved,
                         c10::Device device) override {
    if (device.is_cpu()) return;
    if (const auto profiler = nx::global_profiler())
      profiler->reportMemoryUsage(memory, byte_length, allocated, reserved, device);
  }
};

nx_profiler* start(int64_t options) {
  const auto wants = [&](int64_t option) { return (options & option) != 0; };
  std::set<ActivityType> activities;
  if (wants(NX_PROFILE_DEVICE)) activities = activities_of_devices();
  activities.insert(ActivityType::CPU);
  torch::profiler::impl::ExperimentalConfig everywhere;
  everywhere.profile_all_threads = true;
  const torch::profiler::impl::ProfilerConfig config(
      torch::profiler::impl::ProfilerState::KINETO,
      wants(NX_PROFILE_SHAPES | NX_PROFILE_FLOPS),  // which are computed from sizes
      wants(NX_PROFILE_MEMORY), /*with_stack=*/false, wants(NX_PROFILE_FLOPS),
      wants(NX_PROFILE_MODULES), everywhere);

  Running& now = running();
  const std::lock_guard<std::mutex> lock(now.mutex);
  if (now.profiler != nullptr || nx::global_profiler())
    nx::invalid_argument("a profiler is running already: one at a time in a process");
  auto profiler = std::make_unique<nx_profiler>();
  torch::autograd::profiler::prepareProfiler(config, activities);
  torch::autograd::profiler::enableProfiler(
      config, activities, {at::RecordScope::FUNCTION, at::RecordScope::USER_SCOPE});
  profiler->watches_memory = wants(NX_PROFILE_MEMORY);
  profiler->counts_flops = wants(NX_PROFILE_FLOPS);
  if (profiler->watches_memory) {
    nx::report_memory_to_profiler(true);
    nx::profiles_memory = true;
  }
  now.profiler = profiler.get();
  return profiler.release();
}

void end(nx_profiler& profiler) {
  if (profiler.has_ended) return;
  profiler.has_ended = true;
  Running& now = running();
  const std::lock_guard<std::mutex> lock(now.mutex);
  now.profiler = nullptr;
  if (profiler.watches_memory) {
    nx::profiles_memory = false;
    nx::report_memory_to_profiler(false);
  }
  profiler.result = torch::autograd::profiler::disableProfiler();
}

}  // namespace

namespace nx {

bool is_profiling() noexcept {
  return running().profiler.load(std::memory_order_relaxed) != nullptr;
}

std::atomic<bool> profiles_memory{false};

std::shared_ptr<c10::DebugInfoBase> memory_reporter() {
  static auto* const kReporter = new auto(std::make_shared<MemoryReporter>());
  return *kReporter;
}

}  // namespace nx

nx_error* nx_profiler_start(int64_t options, nx_profiler** out) noexcept {
  *out = nullptr;
  return nx::guard([&] {
    *out = start(options);
    nx::count_handle(NX_HANDLE_RECORDING, +1);
  });
}

nx_error* nx_profiler_stop(nx_profiler* profiler, nx_value* out) noexcept {
  *out = {};
  return nx::guard([&] {
    nx::require(profiler, "profiler");
    if (profiler->has_ended) nx::invalid_argument("the profiler has ended already");
    end(*profiler);
    nx::write_value(rows(*profiler->result, profiler->counts_flops), out);
  });
}

nx_error* nx_profiler_save(nx_profiler* profiler, const char* path) noexcept {
  return nx::guard([&] {
    nx::require(profiler, "profiler");
    const std::string file = nx::text(path, "path");
    if (!profiler->result)
      nx::invalid_argument("there is nothing to write: the profiler runs, or was saved before");
    const std::unique_ptr<ProfilerResult> result = std::move(profiler->result);
    result->save(file);
    // libtorch only logs that it could not.
    std::error_code error;
    if (std::filesystem::file_size(file, error) == 0 || error)
      throw nx::Failure(NX_ERROR_MODEL, "libtorch did not write " + file);
  });
}

void nx_profiler_free(nx_profiler* profiler) noexcept {
  if (profiler == nullptr) return;
  // What it recorded is lost with it, and so is a failure to collect it.
  nx_error_free(nx::guard([&] { end(*profiler); }));
  delete profiler;
  nx::count_handle(NX_HANDLE_RECORDING, -1);
}

nx_error* nx_range_begin(const char* name, nx_range** out) noexcept {
  *out = nullptr;
  return nx::guard([&] {
    auto range = std::make_unique<nx_range>();
    if (range->function.isActive()) range->function.before(nx::text(name, "name"));
    *out = range.release();
    nx::count_handle(NX_HANDLE_RECORDING, +1);
  });
}

void nx_range_end(nx_range* range) noexcept {
  if (range == nullptr) return;
  delete range;
  nx::count_handle(NX_HANDLE_RECORDING, -1);
}
