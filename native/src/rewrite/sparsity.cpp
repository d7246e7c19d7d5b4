// How many weights are zero.
#include <ATen/ops/count_nonzero.h>

#include "handles.h"
#include "module.h"
#include "rewrite/layer_weights.h"
#include "value.h"

nx_error* nx_module_sparsity(const nx_module* module, nx_value* out) noexcept {
  *out = {};
  return nx::guard([&] {
    const torch::jit::Module& asked = nx::require(module, "module").module;
    const std::unique_lock<std::mutex> turn = module->state->turn(asked);
    std::vector<c10::IValue> rows;
    for (const nx::LayerWeight& weight : nx::layer_weights(asked).all) {
      const int64_t elements = weight.tensor.numel();
      const int64_t others = at::count_nonzero(weight.effective().detach()).item<int64_t>();
      rows.emplace_back(c10::ivalue::Tuple::create({weight.layer, elements, elements - others}));
    }
    nx::write_value(c10::ivalue::Tuple::create(std::move(rows)), out);
  });
}
