// The pretended accelerator computes what the CPU does, seen through libtorch's own interface.
#include <ATen/core/CachingHostAllocator.h>
#include <c10/core/InferenceMode.h>

#include <atomic>
#include <sstream>
#include <thread>

#include "pretend_support.h"

using namespace test;

namespace {

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

}  // namespace

int main() {
  start();
  RUN(is_there);
  RUN(operators_agree);
  RUN(mixed_devices_are_an_error);
  RUN(random_numbers_follow_the_seed);
  RUN(modules_agree);
  RUN(threads_have_their_own_streams);
}
