// The pretended accelerator does what CUDA would, seen through libtorch's own interface.
#include <ATen/ATen.h>
#include <ATen/DeviceAccelerator.h>
#include <ATen/core/CachingHostAllocator.h>
#include <c10/core/Event.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>
#include <torch/script.h>

#include <atomic>
#include <functional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

// libtorch has one too, which throws.
#undef CHECK
#include "check.h"
#include "pretend.h"

namespace {

const c10::Device device(c10::kPrivateUse1, 0);
const c10::Device other_device(c10::kPrivateUse1, 1);
// Long beside what the host does between two calls.
constexpr int64_t delay_micros = 100000;

template <class F>
F* function(const char* name) {
  static void* const library = dlopen(NARTHEX_PRETEND, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) std::fprintf(stderr, "%s\n", dlerror());
  CHECK(library != nullptr);
  void* const found = dlsym(library, name);
  CHECK(found != nullptr);
  return reinterpret_cast<F*>(found);
}

void set_delay(int64_t micros) {
  function<decltype(pretend_set_delay_micros)>("pretend_set_delay_micros")(micros);
}
int64_t delay() { return function<decltype(pretend_delay_micros)>("pretend_delay_micros")(); }
int64_t tasks() { return function<decltype(pretend_tasks)>("pretend_tasks")(); }
void fill_freed(int byte) { function<decltype(pretend_fill_freed)>("pretend_fill_freed")(byte); }

// While it lives, the device's tasks start late.
struct Late {
  Late() { set_delay(delay_micros); }
  ~Late() { set_delay(0); }
  Late(const Late&) = delete;
  Late& operator=(const Late&) = delete;
};

struct Filled {
  Filled() { fill_freed(0xff); }
  ~Filled() { fill_freed(-1); }
  Filled(const Filled&) = delete;
  Filled& operator=(const Filled&) = delete;
};

void synchronize(c10::Device which = device) { at::accelerator::synchronizeDevice(which.index()); }

c10::Stream pool_stream(c10::Device which = device) {
  return c10::impl::VirtualGuardImpl(c10::kPrivateUse1).getStreamFromGlobalPool(which);
}

// What the device's memory holds at this moment, whatever is still to come.
float now(const at::Tensor& tensor) { return *static_cast<const float*>(tensor.data_ptr()); }

std::string error_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const c10::Error& error) {
    return error.what_without_backtrace();
  }
  std::fprintf(stderr, "no error\n");
  std::exit(1);
}

void contains(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return;
  std::fprintf(stderr, "'%s' does not contain '%s'\n", text.c_str(), part.c_str());
  std::exit(1);
}

void same(const at::Tensor& actual, const at::Tensor& expected) {
  CHECK(actual.device() == device);
  CHECK(actual.sizes() == expected.sizes());
  CHECK(actual.scalar_type() == expected.scalar_type());
  CHECK(at::allclose(actual.cpu(), expected, 1e-5, 1e-6, true));
}

// The same call on tensors of the CPU and of the device.
using Inputs = std::vector<at::Tensor>;
void agrees(const std::function<at::Tensor(const Inputs&)>& call, const Inputs& inputs) {
  Inputs on_device;
  for (const at::Tensor& input : inputs) on_device.push_back(input.to(device));
  same(call(on_device), call(inputs));
}

void run(const char* name, void (*body)()) {
  std::fprintf(stderr, "%s\n", name);
  body();
}
#define RUN(body) run(#body, body)

void is_there() {
  CHECK(at::accelerator::getAccelerator() == c10::kPrivateUse1);
  CHECK(at::accelerator::deviceCount() == 2);
  CHECK(device.str() == "privateuseone:0");
  at::accelerator::setDeviceIndex(1);
  CHECK(at::empty({1}, c10::kPrivateUse1).device() == other_device);
  at::accelerator::setDeviceIndex(0);
  contains(error_of([] { at::accelerator::setDeviceIndex(2); }), "invalid device ordinal 2");
  const at::Tensor tensor = at::empty({4}, device);
  CHECK(at::globalContext().getPinnedMemoryAllocator() == at::getHostAllocator(c10::kPrivateUse1));
  CHECK(at::detail::getPrivateUse1Hooks().getDeviceFromPtr(tensor.data_ptr()) == device);
  CHECK(pool_stream() != pool_stream());
  CHECK(delay() == 0);
}

void operators_agree() {
  const at::Tensor x = at::randn({3, 4});
  const at::Tensor y = at::randn({4, 5});
  agrees([](const Inputs& in) { return in[0] + 1; }, {x});
  agrees([](const Inputs& in) { return in[0].mm(in[1]); }, {x, y});
  agrees([](const Inputs& in) { return in[0].t().contiguous().view({2, 6}); }, {x});
  agrees([](const Inputs& in) { return in[0].slice(1, 1, 3).mul_(2).sum(); }, {x});
  agrees([](const Inputs& in) { return in[0].unfold(1, 2, 1); }, {x});
  agrees([](const Inputs& in) { return in[0].to(at::kDouble).to(at::kHalf); }, {x});
  agrees([](const Inputs& in) { return at::cat({in[0], in[0].relu()}, 1); }, {x});
  agrees([](const Inputs& in) { return at::softmax(in[0], 1); }, {x});
  agrees([](const Inputs& in) { return std::get<1>(in[0].max(1)); }, {x});
  agrees([](const Inputs& in) { return in[0].split(2, 1)[1]; }, {x});
  agrees([](const Inputs& in) { return in[0] * at::scalar_tensor(2.5); }, {x});
  agrees([](const Inputs& in) { return in[0].to(at::kInt) * 1.5 + in[0].sum() * 0.1; }, {x});
  agrees([](const Inputs& in) { return at::where(in[0] > 0, in[0], 0.0); }, {x});
  agrees([](const Inputs& in) { return at::embedding(in[0], (in[1] * 0).to(at::kLong)); }, {x, y});
  agrees([](const Inputs& in) { return at::index(in[0], {at::tensor({2, 0})}); }, {x});
  agrees([](const Inputs& in) { return at::layer_norm(in[0], {4}); }, {x});
  agrees([](const Inputs& in) { return at::arange(6, in[0].options()); }, {x});
  agrees([](const Inputs& in) { return at::view_as_real(at::complex(in[0], in[0])); }, {x});
  // What the values decide.
  agrees([](const Inputs& in) { return in[0].nonzero(); }, {x});
  agrees([](const Inputs& in) { return in[0].masked_select(in[0] > 0); }, {x});
  agrees([](const Inputs& in) { return at::scalar_tensor(in[0].sum().item(), in[0].options()); },
         {x});
  CHECK(at::equal(x.to(device), x.to(device)));
  // Results that are given.
  agrees(
      [](const Inputs& in) {
        at::Tensor out = at::empty({0}, in[0].options());
        at::add_out(out, in[0], in[0]);
        return out;
      },
      {x});
  const at::Tensor image = at::randn({2, 3, 8, 8});
  const at::Tensor kernel = at::randn({4, 3, 3, 3});
  agrees([](const Inputs& in) { return at::conv2d(in[0], in[1], {}, 2, 1); }, {image, kernel});
  agrees([](const Inputs& in) { return at::conv_transpose2d(in[0], in[1].transpose(0, 1)); },
         {image, kernel});
  agrees([](const Inputs& in) { return at::max_pool2d(in[0], 2); }, {image});
  agrees([](const Inputs& in) { return at::adaptive_avg_pool2d(in[0], {3, 3}); }, {image});
  agrees([](const Inputs& in) { return at::scaled_dot_product_attention(in[0], in[0], in[0]); },
         {image});
  agrees([](const Inputs& in) { return in[0].contiguous(at::MemoryFormat::ChannelsLast); },
         {image});
}

void mixed_devices_are_an_error() {
  const at::Tensor x = at::ones({3, 3}, device);
  contains(error_of([&] { x.mm(at::ones({3, 3})); }), "on the same device");
  contains(error_of([&] { x.mm(at::ones({3, 3}, other_device)); }), "privateuseone:1");
  contains(error_of([&] { x.mm(at::ones({4, 3}, device)); }), "cannot be multiplied");
}

void random_numbers_follow_the_seed() {
  const at::Generator& generator = at::accelerator::getDefaultGenerator(0);
  at::Generator(generator).set_current_seed(7);
  const at::Tensor first = at::rand({4}, device).cpu();
  CHECK(!at::equal(at::rand({4}, device).cpu(), first));
  at::Generator(generator).set_current_seed(7);
  CHECK(at::equal(at::rand({4}, device).cpu(), first));
}

// A module that TorchScript runs, with parameters of each of these shapes.
torch::jit::Module module(const std::string& forward,
                          const std::vector<std::vector<int64_t>>& shapes) {
  torch::jit::Module module("m");
  for (size_t i = 0; i < shapes.size(); ++i)
    module.register_buffer(std::string("p").append(std::to_string(i)), at::rand(shapes[i]) * 0.3);
  module.define(forward);
  return module;
}

torch::jit::Module perceptron() {
  return module(R"(
def forward(self, x):
    h = torch.gelu(torch.linear(x, self.p0, self.p1))
    h = torch.layer_norm(h, [16])
    return torch.softmax(torch.linear(torch.relu(h), self.p2), 1)
)",
                {{16, 8}, {16}, {4, 16}});
}

torch::jit::Module convolutions() {
  return module(R"(
def forward(self, x):
    h = torch.conv2d(x, self.p0, None, [1, 1], [1, 1])
    h = torch.batch_norm(h, self.p1, self.p1, self.p1, self.p1, False, 0.1, 1e-5, False)
    h = torch.max_pool2d(torch.relu_(h), [2, 2])
    h = torch.cat([h, h * 2], 1)
    h = torch.flatten(torch.adaptive_avg_pool2d(h, [1, 1]), 1)
    return torch.linear(h, self.p2)
)",
                {{4, 3, 3, 3}, {4}, {5, 8}});
}

torch::jit::Module attention() {
  return module(R"(
def forward(self, x):
    h = torch.embedding(self.p0, x)
    q = torch.linear(h, self.p1).view(2, 6, 2, 4).transpose(1, 2)
    h = torch.scaled_dot_product_attention(q, q, q)
    return h.transpose(1, 2).reshape(2, 6, 8)
)",
                {{10, 8}, {8, 8}});
}

void modules_agree() {
  const c10::InferenceMode inference;
  const std::vector<std::pair<torch::jit::Module, at::Tensor>> models = {
      {perceptron(), at::randn({3, 8})},
      {convolutions(), at::randn({2, 3, 8, 8})},
      {attention(), at::randint(10, {2, 6})}};
  for (const auto& [model, input] : models) {
    torch::jit::Module moved = model.clone();
    moved.to(device);
    torch::jit::Module here = model;
    // The second and third run have been specialised.
    for (int i = 0; i < 3; ++i)
      same(moved.forward({input.to(device)}).toTensor(), here.forward({input}).toTensor());
    std::stringstream file;
    model.save(file);
    torch::jit::Module loaded = torch::jit::load(file, device);
    same(loaded.forward({input.to(device)}).toTensor(), here.forward({input}).toTensor());
  }
}

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

void threads_have_their_own_streams() {
  const c10::InferenceMode inference;
  torch::jit::Module model = perceptron();
  torch::jit::Module moved = model.clone();
  moved.to(device);
  const at::Tensor input = at::randn({3, 8});
  const at::Tensor expected = model.forward({input}).toTensor();
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&] {
      const c10::InferenceMode inference;
      const c10::StreamGuard guard(pool_stream());
      torch::jit::Module own = moved;
      for (int run = 0; run < 20; ++run) {
        const at::Tensor output = own.forward({input.to(device)}).toTensor().cpu();
        if (at::allclose(output, expected)) ++right;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(right == 120);
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
  set_delay(0);
  at::manual_seed(1);
  RUN(is_there);
  RUN(operators_agree);
  RUN(mixed_devices_are_an_error);
  RUN(random_numbers_follow_the_seed);
  RUN(modules_agree);
  RUN(what_is_not_waited_for_is_not_done);
  RUN(copies_wait_unless_they_need_not);
  RUN(pinned_memory_is_kept_for_its_copies);
  RUN(events_order_streams);
  RUN(a_stream_reuses_its_own_memory_at_once);
  RUN(recorded_memory_is_not_reused_early);
  RUN(statistics_are_kept);
  RUN(memory_runs_out);
  RUN(task_errors_come_when_one_waits);
  RUN(graphs_replay);
  RUN(graphs_follow_events);
  RUN(captures_do_not_wait);
  RUN(a_graph_gives_its_memory_back);
  RUN(threads_have_their_own_streams);
  RUN(threads_capture_side_by_side);
}
