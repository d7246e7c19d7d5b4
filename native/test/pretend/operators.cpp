// All operators that have no kernel of their own here, and the few that need a word more.
#include <ATen/Functions.h>
#include <ATen/native/ConvUtils.h>
#include <c10/core/DeviceGuard.h>
#include <torch/library.h>

#include <utility>

#include "launch.h"
#include "shapes.h"
#include "streams.h"
#include "tensors.h"

namespace pretend {
namespace {

// The one device of all arguments. What is on the CPU must be a number or an index.
c10::DeviceIndex device_of(const std::vector<c10::IValue>& arguments) {
  std::optional<c10::Device> device;
  for (const c10::IValue& value : arguments) {
    if (value.isDevice() && !device) device = device_at(checked(value.toDevice().index()));
    for (const at::Tensor& tensor : tensors_of(value))
      if (on_device(tensor) && !device) device = tensor.device();
  }
  if (!device) return current_device();
  for (const c10::IValue& value : arguments) {
    for (const at::Tensor& tensor : tensors_of(value)) {
      const bool goes_anywhere =
          tensor.is_cpu() && (tensor.dim() == 0 || value.isOptionalTensorList());
      TORCH_CHECK(tensor.device() == *device || goes_anywhere,
                  "Expected all tensors to be on the same device, but found at least two devices, ",
                  *device, " and ", tensor.device(), "!");
    }
  }
  return device->index();
}

bool is_view(const c10::OperatorHandle& op) {
  const auto& returns = op.schema().returns();
  return !returns.empty() && returns[0].alias_info() != nullptr && !is_written(returns[0]);
}

// A tensor over the storage of another one.
at::Tensor view_of(const at::Tensor& base, const at::Tensor& shape) {
  auto view = at::detail::make_tensor<c10::TensorImpl>(
      c10::TensorImpl::VIEW, c10::Storage(base.storage()), base.key_set(), shape.dtype());
  view.unsafeGetTensorImpl()->set_sizes_and_strides(shape.sizes(), shape.strides(),
                                                    shape.storage_offset());
  return view;
}

// The argument that a result is, or is a view of.
const c10::IValue& aliased(const c10::OperatorHandle& op, const std::vector<c10::IValue>& arguments,
                           const c10::Argument& result) {
  const auto& expected = op.schema().arguments();
  for (size_t i = 0; i < expected.size(); ++i)
    if (expected[i].alias_info() != nullptr && *expected[i].alias_info() == *result.alias_info())
      return arguments[i];
  TORCH_CHECK(false, op.schema().name(), ": no argument is the result ", result.name());
}

void resize_like(const at::Tensor& tensor, const at::Tensor& shape) {
  if (tensor.sizes() == shape.sizes()) return;
  tensor.resize_(shape.sizes());
  if (tensor.strides() != shape.strides())
    tensor.unsafeGetTensorImpl()->set_sizes_and_strides(shape.sizes(), shape.strides());
}

// What is written to gets the sizes that the call would give it.
void resize_written(const c10::OperatorHandle& op, const std::vector<c10::IValue>& arguments,
                    const std::vector<c10::IValue>& shapes) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (!is_written(op.schema().arguments()[i])) continue;
    const std::vector<at::Tensor> tensors = tensors_of(arguments[i]);
    const std::vector<at::Tensor> resized = tensors_of(shapes[i]);
    for (size_t j = 0; j < tensors.size(); ++j)
      if (on_device(tensors[j])) resize_like(tensors[j], resized[j]);
  }
}

std::vector<c10::IValue> launch(const c10::OperatorHandle& op,
                                const std::vector<c10::IValue>& arguments) {
  const c10::DeviceIndex device = device_of(arguments);
  const c10::DeviceGuard guard(device_at(device));
  const auto& returns = op.schema().returns();
  const auto shapes = shapes_of(op, arguments);
  std::vector<c10::IValue> computed;
  if (!shapes) computed = compute_now(op, arguments, device);
  if (shapes && !is_view(op)) resize_written(op, arguments, shapes->arguments);

  std::vector<c10::IValue> results;
  for (size_t i = 0; i < returns.size(); ++i) {
    if (is_written(returns[i])) {
      results.push_back(aliased(op, arguments, returns[i]));
    } else if (!shapes) {
      results.push_back(map_tensors(
          computed[i], [&](const at::Tensor& tensor) { return tensor.to(device_at(device)); }));
    } else if (is_view(op)) {
      const at::Tensor base = tensors_of(aliased(op, arguments, returns[i])).at(0);
      results.push_back(map_tensors(shapes->results[i],
                                    [&](const at::Tensor& shape) { return view_of(base, shape); }));
    } else {
      results.push_back(map_tensors(shapes->results[i], [&](const at::Tensor& shape) {
        return at::empty_strided(shape.sizes(), shape.strides(),
                                 shape.options().device(device_at(device)));
      }));
    }
  }
  if (shapes && !is_view(op)) enqueue(op, arguments, results, device);
  return results;
}

void fallback(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  const size_t count = op.schema().arguments().size();
  std::vector<c10::IValue> results = launch(op, torch::jit::pop(*stack, count));
  for (c10::IValue& result : results) stack->push_back(std::move(result));
}

c10::OperatorHandle find(const char* name) {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, "");
}

// The name that libtorch calls on a device that it does not know. Its sizes are worked out here: no
// kernel of the meta device does so, and to run it twice is dear.
at::Tensor convolution(const at::Tensor& input, const at::Tensor& weight,
                       const std::optional<at::Tensor>& bias, at::IntArrayRef stride,
                       at::IntArrayRef padding, at::IntArrayRef dilation, bool transposed,
                       at::IntArrayRef output_padding, int64_t groups) {
  static const c10::OperatorHandle op = find("aten::convolution");
  const std::vector<c10::IValue> arguments{input,    weight,     bias,           stride, padding,
                                           dilation, transposed, output_padding, groups};
  const c10::DeviceIndex device = device_of(arguments);
  const c10::DeviceGuard guard(device_at(device));
  const std::vector<int64_t> sizes =
      transposed
          ? at::native::conv_input_size(input.sizes(), weight.sizes(), padding, output_padding,
                                        stride, dilation, groups)
          : at::native::conv_output_size(input.sizes(), weight.sizes(), padding, stride, dilation);
  at::Tensor result =
      at::empty(sizes, input.options().memory_format(input.suggest_memory_format()));
  enqueue(op, arguments, {result}, device);
  return result;
}

// Attention is computed from other operators: the other ways are each for one kind of device.
int64_t attention_by_parts(const at::Tensor&, const at::Tensor&, const at::Tensor&,
                           const std::optional<at::Tensor>&, double, bool, std::optional<double>,
                           bool) {
  return 0;
}

}  // namespace

TORCH_LIBRARY_IMPL(_, PrivateUse1, m) {
  m.fallback(torch::CppFunction::makeFromBoxedFunction<&fallback>());
}

TORCH_LIBRARY_IMPL(aten, PrivateUse1, m) {
  m.impl("convolution_overrideable", &convolution);
  m.impl("_fused_sdp_choice", &attention_by_parts);
}

}  // namespace pretend
