// Changed copies of modules: evaluation mode, frozen, converted.
#include <torch/csrc/jit/api/module.h>

#include <mutex>

#include "compute.h"
#include "handles.h"
#include "module.h"
#include "types.h"

namespace {

using torch::jit::Module;

// Shares the parameters. Code is its own, and so are buffers and other state: running one must not
// change the other.
Module copy_of(const nx_module* module) {
  Module result = nx::require(module, "module").module.clone(/*inplace=*/true);
  c10::IValue::HashIdentityIValueMap copied;
  for (const Module& part : result.modules()) {
    const auto object = part._ivalue();
    for (size_t i = 0; i < object->slots().size(); ++i) {
      if (object->type()->is_parameter(i) || object->getSlot(i).isModule()) continue;
      object->setSlot(i, object->getSlot(i).deepcopy(copied));
    }
  }
  return result;
}

// Replaces the tensors of the module tree and of its code by what `change` returns for them.
// Tensors that stood in several places (tied weights) stay one.
void change_tensors(const Module& root,
                    const std::function<at::Tensor(const at::Tensor&)>& change) {
  std::unordered_map<const c10::TensorImpl*, at::Tensor> changed;
  std::vector<at::Tensor> alive;  // keeps the addresses in `changed` from being used again
  const auto once = [&](const at::Tensor& tensor) {
    if (!tensor.defined()) return tensor;
    const auto [entry, is_new] = changed.try_emplace(tensor.unsafeGetTensorImpl());
    if (is_new) {
      alive.push_back(tensor);
      const bool records = tensor.is_leaf() && tensor.requires_grad();
      entry->second = change(tensor).detach().set_requires_grad(records);
    }
    return entry->second;
  };
  for (const Module& part : root.modules()) {
    const auto object = part._ivalue();
    for (size_t i = 0; i < object->slots().size(); ++i) {
      const c10::IValue slot = object->getSlot(i);
      if (slot.isTensor()) object->setSlot(i, once(slot.toTensor()));
    }
  }
  nx::change_constants(root, once);
}

// One copy at a time, of whatever kind: its types and code are added to the compilation unit of the
// original.
std::mutex copy_mutex;

template <class Body>
nx_error* copy(nx_module** out, Body&& body) {
  *out = nullptr;
  return nx::guard(
      [&] {
        const std::lock_guard<std::mutex> lock(copy_mutex);
        const nx::ModuleScope scope;
        *out = nx::new_module(body());
      },
      NX_ERROR_UNSUPPORTED);
}

}  // namespace

nx_error* nx_module_eval(const nx_module* module, nx_module** out) noexcept {
  return copy(out, [&] {
    Module result = copy_of(module);
    result.eval();
    return result;
  });
}

nx_error* nx_module_freeze(const nx_module* module, nx_module** out) noexcept {
  return copy(out, [&] { return torch::jit::freeze(copy_of(module)); });
}

nx_error* nx_module_optimize_for_inference(const nx_module* module, nx_module** out) noexcept {
  return copy(out, [&] {
    Module source = copy_of(module);
    return torch::jit::optimize_for_inference(source);
  });
}

nx_error* nx_module_to_dtype(const nx_module* module, int32_t dtype, nx_module** out) noexcept {
  return copy(out, [&] {
    const at::ScalarType type = nx::to_scalar_type(dtype);
    Module result = copy_of(module);
    // Integer tensors are left: libtorch's own Module::to would convert position ids and counters
    // too.
    change_tensors(result, [&](const at::Tensor& tensor) {
      return tensor.is_floating_point() ? tensor.to(type) : tensor;
    });
    return result;
  });
}

nx_error* nx_module_to_format(const nx_module* module, int32_t memory_format,
                              nx_module** out) noexcept {
  return copy(out, [&] {
    const at::MemoryFormat format = nx::to_memory_format(memory_format);
    Module result = copy_of(module);
    change_tensors(result, [&](const at::Tensor& tensor) {
      return nx::applies_to(format, tensor.dim()) ? tensor.contiguous(format) : tensor;
    });
    return result;
  });
}

nx_error* nx_module_to_device(const nx_module* module, int32_t device_type, int32_t device_index,
                              nx_module** out) noexcept {
  return copy(out, [&] {
    const at::Device device = nx::usable_device(device_type, device_index);
    Module result = copy_of(module);
    change_tensors(result, [&](const at::Tensor& tensor) { return tensor.to(device); });
    return result;
  });
}

nx_error* nx_module_with_tensors(const nx_module* module, const char* const* names,
                                 const nx_tensor* const* tensors, int64_t count,
                                 nx_module** out) noexcept {
  return copy(out, [&] {
    nx::require_length(names, count, "names");
    nx::require_length(tensors, count, "tensors");
    Module result = copy_of(module);
    for (int64_t i = 0; i < count; ++i) {
      const auto [path, name] = nx::split_name(nx::text(names[i], "name"));
      const auto owner = nx::find_owner(result, path, name);
      if (!owner)
        nx::invalid_argument("the model has no parameter or buffer '" + std::string(names[i]) +
                             "'");
      const size_t slot = owner->type()->getAttributeSlot(name);
      const at::Tensor& given = nx::require(tensors[i], "tensor").tensor;
      // A buffer may be changed by the model's code, which must not change it for others.
      owner->_ivalue()->setSlot(slot, owner->type()->is_parameter(slot)
                                          ? nx::module_tensor(given, false)
                                          : nx::module_tensor(given.clone(), true));
    }
    return result;
  });
}
