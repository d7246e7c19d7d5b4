// Batch normalisation folded into the convolutions before it, in modules that stay trainable.
#include <torch/csrc/jit/passes/fold_conv_bn.h>

#include <map>

#include "module.h"
#include "rewrite/rewrite.h"

namespace nx {
namespace {

using torch::jit::Module;

std::map<std::string, at::Tensor> weights(const Module& module) {
  std::map<std::string, at::Tensor> weights;
  for (const auto& parameter : module.named_parameters())
    weights.emplace(parameter.name, parameter.value);
  return weights;
}

// libtorch's own pass. A frozen module has nothing left for it: freezing folds too.
Rewritten fold_batch_norm(const Module& module, const torch::jit::Stack& /*arguments*/) {
  const auto before = weights(module);
  Rewritten result{torch::jit::FoldConvBatchNorm(module), {}};
  for (const auto& [name, weight] : weights(result.module)) {
    const auto [layer, attribute] = split_name(name);
    const auto old = before.find(name);
    if (attribute != "weight" || old == before.end() || old->second.is_same(weight)) continue;
    const auto bytes = static_cast<int64_t>(weight.nbytes());
    if (weight.dim() > 1)
      result.changes.push_back({layer, "convolution, batch_norm", "convolution", bytes, bytes});
  }
  return result;
}

}  // namespace

const Rewrite kFoldBatchNorm{"fold_batch_norm() -> ()", fold_batch_norm};

}  // namespace nx
