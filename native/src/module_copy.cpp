// Changed copies of modules: evaluation mode, frozen, with other tensors.
#include "module_copy.h"

#include "handles.h"
#include "rewrite/frozen.h"
#include "rewrite/quantized.h"

namespace nx {

torch::jit::Module copy_of(const nx_module* module) {
  const torch::jit::Module& original = require(module, "module").module;
  const std::unique_lock<std::mutex> turn = module->state->turn(original);
  torch::jit::Module result = original.clone(/*inplace=*/true);
  const auto engine = engine_in_use();  // a copy of packed weights packs them
  c10::IValue::HashIdentityIValueMap copied;
  for (const torch::jit::Module& part : result.modules()) {
    const auto object = part._ivalue();
    for (size_t i = 0; i < object->slots().size(); ++i) {
      if (object->type()->is_parameter(i) || object->getSlot(i).isModule()) continue;
      if (is_packed(object->getSlot(i))) continue;
      object->setSlot(i, object->getSlot(i).deepcopy(copied));
    }
  }
  return result;
}

std::mutex& copy_mutex() {
  static std::mutex mutex;
  return mutex;
}

}  // namespace nx

nx_error* nx_module_eval(const nx_module* module, nx_module** out) noexcept {
  return nx::copy(out, [&] {
    torch::jit::Module result = nx::copy_of(module);
    result.eval();
    return result;
  });
}

nx_error* nx_module_freeze(const nx_module* module, nx_module** out) noexcept {
  return nx::copy(out, [&] { return nx::freeze_named(nx::copy_of(module)); });
}

nx_error* nx_module_optimize_for_inference(const nx_module* module, nx_module** out) noexcept {
  return nx::copy(out, [&] {
    torch::jit::Module source = nx::copy_of(module);
    return torch::jit::optimize_for_inference(source);
  });
}

nx_error* nx_module_with_tensors(const nx_module* module, const char* const* names,
                                 const nx_tensor* const* tensors, int64_t count,
                                 nx_module** out) noexcept {
  return nx::copy(out, [&] {
    nx::require_length(names, count, "names");
    nx::require_length(tensors, count, "tensors");
    torch::jit::Module result = nx::copy_of(module);
    for (int64_t i = 0; i < count; ++i) {
      const auto [path, name] = nx::split_name(nx::text(names[i], "name"));
      const auto owner = nx::find_owner(result, path, name);
      if (!owner)
        nx::invalid_argument("the model has no parameter or buffer '" + std::string(names[i]) +
                             "'");
      const size_t slot = owner->type()->getAttributeSlot(name);
      const at::Tensor& given = nx::tensor_of(tensors[i], "tensor");
      // A buffer may be changed by the model's code, which must not change it for others.
      owner->_ivalue()->setSlot(slot, owner->type()->is_parameter(slot)
                                          ? nx::module_tensor(given, false)
                                          : nx::module_tensor(given.clone(), true));
    }
    return result;
  });
}
