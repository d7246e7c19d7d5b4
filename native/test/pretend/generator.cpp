#include "generator.h"

#include <ATen/CPUGeneratorImpl.h>

#include <array>
#include <mutex>

#include "streams.h"

namespace pretend {
namespace {

// A generator of the CPU's that says it is a device's.
class DeviceGenerator final : public c10::GeneratorImpl {
 public:
  DeviceGenerator(c10::DeviceIndex device, at::Generator numbers)
      : GeneratorImpl(device_at(device), c10::DispatchKeySet(c10::DispatchKey::PrivateUse1)),
        numbers_(std::move(numbers)) {}

  static c10::DeviceType device_type() { return c10::DeviceType::PrivateUse1; }

  uint64_t draw() {
    const std::lock_guard lock(numbers_.mutex());
    return numbers_.get<at::CPUGeneratorImpl>()->random64();
  }

  void set_current_seed(uint64_t seed) override { numbers_.set_current_seed(seed); }
  uint64_t current_seed() const override { return numbers_.current_seed(); }
  uint64_t seed() override { return numbers_.seed(); }
  void set_offset(uint64_t offset) override { numbers_.set_offset(offset); }
  uint64_t get_offset() const override { return numbers_.get_offset(); }
  void set_state(const c10::TensorImpl& state) override {
    numbers_.unsafeGetGeneratorImpl()->set_state(state);
  }
  c10::intrusive_ptr<c10::TensorImpl> get_state() const override {
    return numbers_.unsafeGetGeneratorImpl()->get_state();
  }

 private:
  DeviceGenerator* clone_impl() const override {
    return new DeviceGenerator(device_.index(), numbers_.clone());
  }

  at::Generator numbers_;
};

}  // namespace

const at::Generator& default_generator(c10::DeviceIndex device) {
  static auto* const generators =
      new std::array<at::Generator, device_count>{new_generator(0), new_generator(1)};
  return generators->at(static_cast<size_t>(checked(device)));
}

at::Generator new_generator(c10::DeviceIndex device) {
  return at::make_generator<DeviceGenerator>(checked(device), at::detail::createCPUGenerator());
}

at::Generator generator_for_task(const at::Generator& device_generator) {
  return at::detail::createCPUGenerator(
      at::check_generator<DeviceGenerator>(device_generator)->draw());
}

}  // namespace pretend
