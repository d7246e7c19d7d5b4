#include "call.h"

#include <c10/core/DeviceGuard.h>

#include "compute.h"
#include "denormals.h"
#include "device.h"
#include "fuser.h"
#include "handles.h"
#include "module.h"
#include "stream.h"
#include "switches.h"
#include "types.h"

namespace nx {
namespace {

// Where inputs go; nothing where they stay.
std::optional<at::Device> model_device(const nx_run_options& options) {
  if (options.device_type == 0) return {};
  return usable_device(options.device_type, options.device_index);
}

// Whether a tensor's memory has the channels last.
bool has_channels_last(const at::Tensor& tensor) {
  return tensor.layout() == c10::kStrided && tensor.dim() >= 3 && tensor.dim() <= 5 &&
         !tensor.is_contiguous() && tensor.movedim(1, -1).is_contiguous();
}

// Moves, casts and lays out what the caller gives as the converted model wants it, and back, so
// that a converted model is called like the original.
class Adapter {
 public:
  explicit Adapter(const nx_run_options& options)
      : device_(model_device(options)),
        cast_(options.dtype != 0),
        relayout_(options.memory_format != NX_FORMAT_PRESERVE),
        unpack_(to_fuser(options.fuse) == Fuser::kPrepacked) {
    if (cast_) type_ = to_scalar_type(options.dtype);
    if (relayout_) format_ = to_memory_format(options.memory_format);
  }

  Adapter(const Adapter&) = delete;
  Adapter& operator=(const Adapter&) = delete;

  // What was copied from the host may be changed when the call has ended, by a failure too.
  ~Adapter() {
    if (from_host_) attempt([&] { guard_of(*device_).getStream(*device_).synchronize(); });
  }

  void inputs(torch::jit::Stack& stack) {
    if (!device_ && !cast_ && !relayout_) return;
    for (size_t i = 1; i < stack.size(); ++i) {
      stack[i] = map_tensors(stack[i], [&](const at::Tensor& tensor) { return input(tensor); });
    }
  }

  c10::IValue outputs(c10::IValue result) const {
    if (!from_host_ && !cast_ && !relayout_ && !unpack_) return result;
    return map_tensors(result, [&](const at::Tensor& tensor) { return output(tensor); });
  }

 private:
  at::Tensor input(const at::Tensor& given) {
    at::Tensor adapted = device_ ? moved(given) : given;
    if (!adapted.is_floating_point()) return adapted;
    if (!callers_type_) callers_type_ = adapted.scalar_type();
    if (cast_) adapted = adapted.to(type_);
    return relayout_ && applies_to(format_, adapted.dim()) ? adapted.contiguous(format_) : adapted;
  }

  at::Tensor output(const at::Tensor& tensor) const {
    at::Tensor adapted = tensor;
    if (cast_ && adapted.scalar_type() == type_)
      adapted = adapted.to(callers_type_.value_or(at::kFloat));
    const bool is_laid_out = relayout_ && applies_to(format_, adapted.dim());
    if (is_laid_out || (unpack_ && has_channels_last(adapted))) adapted = adapted.contiguous();
    return from_host_ ? adapted.cpu() : adapted;
  }

  at::Tensor moved(const at::Tensor& tensor) {
    if (!tensor.is_cpu()) return tensor;
    from_host_ = true;
    return tensor.to(*device_, tensor.scalar_type(), /*non_blocking=*/true);
  }

  std::optional<at::Device> device_;
  bool from_host_ = false;  // inputs came from the host
  bool cast_;
  bool relayout_;
  bool unpack_;  // packed convolutions leave their results channels last
  at::ScalarType type_ = at::kFloat;
  std::optional<at::ScalarType> callers_type_;  // of the first floating input
  at::MemoryFormat format_ = at::MemoryFormat::Contiguous;
};

// The device of the first tensor that is on one. Nothing is copied: it is asked in each call.
std::optional<at::Device> device_in(const c10::IValue& value) {
  if (value.isTensor()) {
    const at::Tensor& tensor = value.toTensor();
    return tensor.defined() && !tensor.is_cpu() ? std::optional(tensor.device()) : std::nullopt;
  }
  const auto first = [](at::ArrayRef<c10::IValue> items) {
    std::optional<at::Device> found;
    for (size_t i = 0; !found && i < items.size(); ++i) found = device_in(items[i]);
    return found;
  };
  if (value.isTuple()) return first(value.toTupleRef().elements());
  if (value.isList()) return first(value.toListRef());
  if (value.isGenericDict()) {
    for (const auto& entry : value.toGenericDict()) {
      if (const auto found = device_in(entry.value())) return found;
    }
  }
  return {};
}

// What the model's code means where it names a kind of device without an index: the device that
// the call is for. A stream says that by itself.
std::optional<at::Device> home(const nx_run_options& options, ModuleState& state,
                               const torch::jit::Stack& stack) {
  if (options.stream.device_type != 0) return {};
  if (options.device_type != 0) return model_device(options);
  if (const auto device = state.device(stack.front().toModule())) return device;
  for (const c10::IValue& value : stack) {
    if (const auto device = device_in(value)) return device;
  }
  return chosen_device();
}

}  // namespace

c10::IValue call_method(torch::jit::Function& function, Compiled& compiled, ModuleState& state,
                        const nx_run_options& options, torch::jit::Stack& stack) {
  c10::IValue result;
  const std::optional<at::Device> device = home(options, state, stack);
  compute(options.threads, [&] {
    const c10::OptionalDeviceGuard current(device);
    const StreamScope stream(to_stream(options.stream));
    stream.take(stack);
    const CallScope modes(options.grad_mode);
    const Fuser fuser = to_fuser(options.fuse);
    const FuserScope fusing(fuser == Fuser::kOneDnnGraph);
    const DenormalScope denormals(options.flush_denormals != 0, options.threads);
    const SwitchScope switches(options.switches);
    Adapter adapter(options);
    adapter.inputs(stack);
    if (fuser == Fuser::kOneDnnGraph) {
      compiled.fused.run(function, options.threads, stack);
    } else if (fuser == Fuser::kPrepacked) {
      compiled.packed.run(function, stack);
    } else {
      function.run(stack);
    }
    result = adapter.outputs(torch::jit::pop(stack));
  });
  stack.clear();
  return result;
}

torch::jit::Stack make_stack(const torch::jit::Module& module, const c10::FunctionSchema& schema,
                             const nx_value* arguments, int64_t count, Loan& loan) {
  torch::jit::Stack stack;
  stack.emplace_back(module._ivalue());
  push_arguments(schema, 1, arguments, count, &loan, stack);
  return stack;
}

torch::jit::Method find_method(const torch::jit::Module& module, const char* name) {
  require(name, "method");
  if (auto method = module.find_method(name)) return *method;
  std::string known;
  for (const torch::jit::Method& method : module.get_methods())
    known += (known.empty() ? "" : ", ") + method.name();
  invalid_argument("the model has no method '" + std::string(name) +
                   "', it has: " + (known.empty() ? "none" : known));
}

}  // namespace nx

nx_error* nx_module_call(const nx_module* module, const char* method, const nx_run_options* options,
                         const nx_value* arguments, int64_t count, const void* /*keep_1*/,
                         const void* /*keep_2*/, const void* /*keep_3*/, const void* /*keep_4*/,
                         nx_value* result) noexcept {
  *result = {};
  return nx::guard([&] {
    const torch::jit::Module& target = nx::require(module, "module").module;
    torch::jit::Function& function = nx::find_method(target, method).function();
    const nx_run_options& how = nx::require(options, "options");
    const std::optional<c10::Stream> on = nx::to_stream(how.stream);
    const nx::StreamScope stream(on);
    module->state->use(on, target);
    const std::unique_lock<std::mutex> turn = module->state->turn(target);
    nx::Loan loan(how.grad_mode);
    torch::jit::Stack stack = nx::make_stack(target, function.getSchema(), arguments, count, loan);
    c10::IValue output;
    try {
      output = nx::call_method(function, *module->compiled, *module->state, how, stack);
    } catch (...) {
      stack.clear();
      loan.settle();  // a model may have stored its input before it failed
      throw;
    }
    loan.settle();
    // The next call may be on another stream, which waits for the default one.
    if (turn.owns_lock() && on) nx::wait_for(nx::default_stream(on->device()), *on);
    nx::write_value(output, result);
  });
}
