#include "launch.h"

#include <ATen/Functions.h>

#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include "capture.h"
#include "generator.h"
#include "streams.h"
#include "tensors.h"

namespace pretend {
namespace {

bool takes_generator(const c10::Argument& argument) {
  const c10::TypePtr& type = argument.type();
  if (type->kind() == c10::TypeKind::GeneratorType) return true;
  const auto optional = type->cast<c10::OptionalType>();
  return optional && optional->getElementType()->kind() == c10::TypeKind::GeneratorType;
}

// The arguments as the CPU's kernel takes them: what is on the host is taken over now, for the
// caller may change it, and what is on the device is looked at only when the task runs.
class TaskArguments {
 public:
  TaskArguments(const c10::OperatorHandle& op, const std::vector<c10::IValue>& arguments,
                c10::DeviceIndex device, bool captured) {
    for (size_t i = 0; i < arguments.size(); ++i) {
      const c10::IValue& value = arguments[i];
      if (takes_generator(op.schema().arguments()[i])) {
        const at::Generator& generator =
            value.isGenerator() ? value.toGenerator() : default_generator(device);
        if (!generator.device().is_cpu() && captured) {
          // Every replay draws anew.
          drawn_ = {i, generator};
        }
        values_.emplace_back(generator.device().is_cpu() || captured
                                 ? c10::IValue(generator)
                                 : c10::IValue(generator_for_task(generator)));
      } else if (value.isDevice()) {
        values_.emplace_back(c10::Device(c10::kCPU));
      } else {
        values_.push_back(map_tensors(value, [](const at::Tensor& tensor) {
          return on_device(tensor) ? cpu_view(tensor) : snapshot(tensor);
        }));
      }
    }
  }

  torch::jit::Stack stack() const {
    torch::jit::Stack stack = values_;
    if (drawn_) stack[drawn_->first] = generator_for_task(drawn_->second);
    return stack;
  }

 private:
  std::vector<c10::IValue> values_;
  std::optional<std::pair<size_t, at::Generator>> drawn_;
};

void copy_to(const c10::IValue& from, const std::vector<at::Tensor>& to) {
  const std::vector<at::Tensor> computed = tensors_of(from);
  TORCH_CHECK(computed.size() == to.size(), "expected ", to.size(), " result tensors, computed ",
              computed.size());
  for (size_t i = 0; i < to.size(); ++i) {
    TORCH_CHECK(computed[i].sizes() == to[i].sizes(), "expected a result of ", to[i].sizes(),
                ", computed one of ", computed[i].sizes());
    to[i].copy_(computed[i]);
  }
}

void run_on_cpu(const c10::OperatorHandle& op, torch::jit::Stack& stack) {
  op.redispatchBoxed(c10::DispatchKeySet(c10::DispatchKey::CPU), &stack);
}

}  // namespace

bool is_written(const c10::Argument& argument) {
  return argument.alias_info() != nullptr && argument.alias_info()->isWrite();
}

void enqueue(const c10::OperatorHandle& op, const std::vector<c10::IValue>& arguments,
             const std::vector<c10::IValue>& results, c10::DeviceIndex device) {
  Queue& queue = current_queue(device);
  const TaskArguments task(op, arguments, device, queue.capture() != nullptr);
  std::vector<std::vector<at::Tensor>> targets(results.size());
  for (size_t i = 0; i < results.size(); ++i) {
    if (is_written(op.schema().returns()[i])) continue;
    for (const at::Tensor& tensor : tensors_of(results[i])) targets[i].push_back(cpu_view(tensor));
  }
  queue.enqueue({op.schema().name(), [op, task, targets] {
                   torch::jit::Stack stack = task.stack();
                   run_on_cpu(op, stack);
                   for (size_t i = 0; i < targets.size(); ++i)
                     if (!is_written(op.schema().returns()[i])) copy_to(stack[i], targets[i]);
                 }});
}

std::vector<c10::IValue> compute_now(const c10::OperatorHandle& op,
                                     const std::vector<c10::IValue>& arguments,
                                     c10::DeviceIndex device) {
  Queue& queue = current_queue(device);
  refuse_in_capture(queue);
  struct Outcome {
    torch::jit::Stack stack;
    std::exception_ptr error;
  };
  const auto outcome = std::make_shared<Outcome>();
  queue.enqueue(
      {op.schema().name(), [op, outcome, task = TaskArguments(op, arguments, device, false)] {
         try {
           torch::jit::Stack stack = task.stack();
           run_on_cpu(op, stack);
           outcome->stack = std::move(stack);
         } catch (...) {
           outcome->error = std::current_exception();
         }
       }});
  synchronize(queue);
  if (outcome->error != nullptr) std::rethrow_exception(outcome->error);
  return std::move(outcome->stack);
}

}  // namespace pretend
