#include "shapes.h"

#include <ATen/Functions.h>
#include <ATen/core/LegacyTypeDispatch.h>
#include <c10/core/impl/LocalDispatchKeySet.h>

#include <algorithm>
#include <map>

#include "tensors.h"

namespace pretend {
namespace {

// The arguments with their tensors of the device mapped; one tensor that is passed twice stays one.
std::vector<c10::IValue> elsewhere(const std::vector<c10::IValue>& arguments, c10::Device device,
                                   at::Tensor (*map)(const at::Tensor&)) {
  std::map<const c10::TensorImpl*, at::Tensor> mapped;
  std::vector<c10::IValue> values;
  for (const c10::IValue& value : arguments) {
    if (value.isGenerator()) {
      values.emplace_back();
    } else if (value.isDevice()) {
      values.emplace_back(device);
    } else {
      values.push_back(map_tensors(value, [&](const at::Tensor& tensor) {
        // A number in a tensor of the CPU's goes with every device.
        if (!on_device(tensor) && tensor.dim() == 0) return tensor;
        at::Tensor& result = mapped[tensor.unsafeGetTensorImpl()];
        if (!result.defined()) result = map(tensor);
        return result;
      }));
    }
  }
  return values;
}

std::vector<c10::IValue> call(const c10::OperatorHandle& op, c10::DispatchKey key,
                              std::vector<c10::IValue> stack) {
  op.redispatchBoxed(c10::DispatchKeySet(key), &stack);
  return stack;
}

bool depends_on_values(const c10::OperatorHandle& op) {
  const auto& returns = op.schema().returns();
  return op.hasTag(at::Tag::dynamic_output_shape) ||
         std::any_of(returns.begin(), returns.end(), [](const c10::Argument& result) {
           return !result.type()->isSubtypeOf(*c10::TensorType::get()) &&
                  !result.type()->isSubtypeOf(*c10::ListType::ofTensors());
         });
}

}  // namespace

std::optional<Shapes> shapes_of(const c10::OperatorHandle& op,
                                const std::vector<c10::IValue>& arguments) {
  if (op.hasTag(at::Tag::data_dependent_output)) return std::nullopt;
  const at::AutoDispatchBelowADInplaceOrView below;
  const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
  if (op.hasComputedKernelForDispatchKey(c10::DispatchKey::Meta)) {
    try {
      const auto meta = elsewhere(arguments, c10::Device(c10::kMeta), &meta_like);
      return Shapes{meta, call(op, c10::DispatchKey::Meta, meta)};
    } catch (const c10::NotImplementedError&) {  // NOLINT(bugprone-empty-catch)
      // Some part of it has no such kernel.
    }
  }
  if (depends_on_values(op)) return std::nullopt;
  // Sizes that follow from sizes follow from those of zeros too.
  try {
    const auto zeros = elsewhere(arguments, c10::Device(c10::kCPU), &zeros_like);
    return Shapes{zeros, call(op, c10::DispatchKey::CPU, zeros)};
  } catch (const c10::Error&) {
    return std::nullopt;
  }
}

}  // namespace pretend
