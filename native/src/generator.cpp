// Generators of random numbers, each with a state of its own.
#include <ATen/CPUGeneratorImpl.h>

#include <utility>

#include "handles.h"

namespace {

nx_generator* new_handle(at::Generator generator) {
  auto* handle = new nx_generator{std::move(generator)};
  nx::count_handle(NX_HANDLE_GENERATOR, +1);
  return handle;
}

}  // namespace

nx_error* nx_generator_new(int64_t seed, nx_generator** out) noexcept {
  *out = nullptr;
  return nx::guard(
      [&] { *out = new_handle(at::detail::createCPUGenerator(static_cast<uint64_t>(seed))); });
}

void nx_generator_free(nx_generator* generator) noexcept {
  if (generator == nullptr) return;
  delete generator;
  nx::count_handle(NX_HANDLE_GENERATOR, -1);
}
