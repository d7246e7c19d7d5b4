#include "package.h"

#include <ATen/core/Dict.h>
#include <c10/core/DeviceGuard.h>

#include <cstdlib>

#include "borrowed.h"
#include "compute.h"
#include "device.h"
#include "handles.h"
#include "module.h"
#include "stream.h"
#include "tensor.h"
#include "torch_library.h"
#include "value.h"

namespace nx {
namespace {

// Compiled code reads its inputs as they lay when it was compiled, whatever their strides say.
at::Tensor laid_out(const at::Tensor& tensor, int32_t layout) {
  switch (layout) {
    case NX_LAYOUT_ROW_MAJOR:
      return tensor.contiguous();
    case NX_LAYOUT_CHANNELS_LAST:
      return tensor.contiguous(tensor.dim() == 5 ? at::MemoryFormat::ChannelsLast3d
                                                 : at::MemoryFormat::ChannelsLast);
    default:
      return tensor;
  }
}

}  // namespace

Package::Package(const std::string& path, const std::string& model, at::Device device,
                 size_t runners, bool single_threaded)
    : device_(device),
      takes_turns_(single_threaded && !device.is_cpu()),
      loader_(path, model, single_threaded, runners, device.index()) {}

torch::jit::Function* Package::define_forward(const c10::QualifiedName& owner,
                                              const char* const* names, const int32_t* layouts,
                                              int64_t count) {
  if (forward_) invalid_argument("the package has its forward already");
  std::vector<c10::Argument> arguments{c10::Argument("self", c10::AnyType::get())};
  for (int64_t i = 0; i < count; ++i)
    arguments.emplace_back(text(names[i], "name"), c10::TensorType::get());
  layouts_.assign(layouts, layouts + count);
  c10::FunctionSchema schema("forward", "", std::move(arguments),
                             {c10::Argument("", c10::AnyType::get())});
  forward_ = std::make_unique<torch::jit::BuiltinOpFunction>(
      c10::QualifiedName(owner, "forward"), std::move(schema),
      [this](torch::jit::Stack& stack) { run(stack); });
  return forward_.get();
}

std::vector<std::pair<std::string, at::Tensor>> Package::constants() {
  const std::unique_lock<std::mutex> held = hold_constants();
  const std::unique_lock<std::mutex> mine = turn();  // a first call may be folding them
  std::vector<std::pair<std::string, at::Tensor>> copies;
  for (const auto& [name, tensor] : loader_.get_runner()->extract_constants_map(false))
    copies.emplace_back(name, tensor.clone());
  return copies;
}

void Package::replace(const Constants& given, bool swap) {
  const std::unique_lock<std::mutex> held = hold_constants();
  torch::inductor::AOTIModelContainerRunner& runner = *loader_.get_runner();
  const c10::OptionalDeviceGuard guard(where());
  Constants constants = placed(given);
  const std::unique_lock<std::mutex> quiet =
      device_.is_cpu() ? std::unique_lock<std::mutex>() : no_recordings();
  const std::unique_lock<std::mutex> mine = turn();
  // What was enqueued before may still read the set that is overwritten.
  if (!device_.is_cpu()) guard_of(device_).synchronizeDevice(device_.index());
  // By the names of the model; the runner's own update takes the compiled code's, and ignores
  // others.
  loader_.load_constants(constants, /*use_inactive=*/swap, /*check_full_update=*/swap);
  // Where calls take turns the next one folds them: libtorch's own folding counts on events to give
  // the runner back.
  if (!takes_turns_) runner.run_const_fold(/*use_inactive=*/swap);
  if (swap) runner.swap_constant_buffer();
  is_folded_ = !takes_turns_;
  ++replacements_;
}

// libtorch copies their bytes as they lie, and takes only what is where its own are.
Constants Package::placed(const Constants& given) {
  const auto known = [&] {
    const std::unique_lock<std::mutex> mine = turn();
    return loader_.get_runner()->extract_constants_map(false);
  }();
  Constants constants;
  for (const auto& [name, tensor] : given) {
    const auto own = known.find(name);
    constants[name] = (own == known.end() ? tensor : tensor.to(own->second.device())).contiguous();
  }
  return constants;
}

void Package::run(torch::jit::Stack& stack) {
  const c10::OptionalDeviceGuard guard(where());
  std::vector<at::Tensor> inputs;
  inputs.reserve(stack.size() - 1);
  for (size_t i = 1; i < stack.size(); ++i)
    inputs.push_back(laid_out(stack[i].toTensor(), layouts_[i - 1]));
  stack.clear();
  std::vector<c10::IValue> outputs;
  {
    const std::unique_lock<std::mutex> mine = turn();
    for (at::Tensor& output : loader_.boxed_run(std::move(inputs)))
      outputs.emplace_back(is_borrowed(output) ? output.clone() : std::move(output));
    if (takes_turns_ && !is_folded_) {
      // Calls on other streams do not wait for this one, which has folded the constants.
      guard_of(device_).getStream(device_).synchronize();
      is_folded_ = true;
    }
  }
  stack.emplace_back(c10::ivalue::Tuple::create(std::move(outputs)));
}

namespace {

// The compiled code asks for it when it first runs. When the shim is loaded, since to change the
// environment is no thing for a process with many threads.
[[gnu::constructor]] void check_inputs() noexcept {
  setenv("AOTI_RUNTIME_CHECK_INPUTS", "1", /*overwrite=*/0);  // NOLINT(concurrency-mt-unsafe)
}

std::shared_ptr<Package> load_package(const std::string& path, const std::string& model,
                                      at::Device device, int64_t runners, bool single_threaded) {
  // Two constructors at once make libtorch crash (pytorch #197516).
  static auto* const loading = new std::mutex();
  const std::lock_guard<std::mutex> lock(*loading);
  require_torch_library(device);
  // The compiled code makes its device the current one when it is loaded, and leaves it so.
  const c10::OptionalDeviceGuard guard(device.is_cpu() ? std::nullopt : std::optional(device));
  return std::make_shared<Package>(path, model, device, static_cast<size_t>(runners),
                                   single_threaded);
}

Package& require_package(const nx_module* module) {
  const std::shared_ptr<Package>& package = require(module, "module").package;
  if (!package) invalid_argument("the model is TorchScript, not an AOTInductor package");
  return *package;
}

}  // namespace
}  // namespace nx

nx_error* nx_package_load(const char* path, const char* model, int32_t device_type,
                          int32_t device_index, int64_t runners, int32_t single_threaded,
                          nx_module** out) noexcept {
  *out = nullptr;
  return nx::guard(
      [&] {
        if (runners < 1) nx::invalid_argument("runners must be 1 or more");
        const nx::ModuleScope scope;
        auto package = nx::load_package(nx::text(path, "path"), nx::text(model, "model"),
                                        nx::usable_device(device_type, device_index), runners,
                                        single_threaded != 0);
        nx_module* made = nx::new_module(torch::jit::Module("__torch__.narthex.Package"));
        made->package = std::move(package);
        *out = made;
      },
      NX_ERROR_MODEL);
}

nx_error* nx_package_define(const nx_module* module, const char* const* names,
                            const int32_t* layouts, int64_t count) noexcept {
  return nx::guard([&] {
    nx::require_length(names, count, "names");
    nx::require_length(layouts, count, "layouts");
    nx::Package& package = nx::require_package(module);
    const auto type = module->module.type();
    type->addMethod(package.define_forward(*type->name(), names, layouts, count));
  });
}

nx_error* nx_package_call_spec(const nx_module* module, nx_value* out) noexcept {
  *out = {};
  return nx::guard([&] {
    std::vector<std::string> texts = nx::require_package(module).call_spec();
    texts.resize(2);
    nx::write_value(c10::ivalue::Tuple::create({texts[0], texts[1]}), out);
  });
}

nx_error* nx_package_constants(const nx_module* module, nx_value* out) noexcept {
  *out = {};
  return nx::guard([&] { nx::write_tensor_dict(nx::require_package(module).constants(), out); });
}

nx_error* nx_package_replace(const nx_module* module, const char* const* names,
                             const nx_tensor* const* tensors, int64_t count,
                             int32_t swap) noexcept {
  return nx::guard([&] {
    nx::Package& package = nx::require_package(module);
    nx::require_length(names, count, "names");
    nx::require_length(tensors, count, "tensors");
    nx::Constants constants;
    for (int64_t i = 0; i < count; ++i)
      constants[nx::text(names[i], "name")] = nx::tensor_of(tensors[i], "tensor");
    package.replace(constants, swap != 0);
  });
}
