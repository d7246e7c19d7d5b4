// Unstructured pruning: single weights become zero, by their size or at random.
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/topk.h>
#include <ATen/ops/where.h>
#include <torch/csrc/jit/api/function_impl.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "error.h"
#include "nodes.h"
#include "rewrite/frozen.h"
#include "rewrite/layer_weights.h"
#include "rewrite/masks.h"
#include "rewrite/names.h"
#include "rewrite/rewrite.h"

namespace nx {
namespace {

using torch::jit::Module;

struct PruneSettings {
  double amount;
  bool is_global;
  bool is_random;
  int64_t seed;
};

// One tensor, however many layers have it.
struct Pruned {
  at::Tensor weight;
  at::Tensor mask;
};

using ByTensor = std::map<const void*, Pruned>;

// How much each number is worth, flat. What is zero already is worth least, so that the amount is
// that of all zeros then.
class Scores {
 public:
  explicit Scores(const PruneSettings& settings)
      : is_random_(settings.is_random),
        generator_(at::make_generator<at::CPUGeneratorImpl>(settings.seed)) {}

  at::Tensor of(const at::Tensor& weight) {
    const at::Tensor flat = weight.detach().contiguous().view(-1);
    if (!is_random_) return flat.abs().to(at::kFloat);
    return at::where(flat.eq(0), -1, at::rand(flat.sizes(), generator_, at::kFloat));
  }

 private:
  bool is_random_;
  at::Generator generator_;
};

// Ones, and zeros where the scores are lowest. Rounded as Python does it.
at::Tensor mask_of(const at::Tensor& scores, double amount) {
  at::Tensor mask = at::ones_like(scores);
  const auto count = std::llrint(amount * static_cast<double>(scores.numel()));
  if (count > 0) {
    const auto lowest = at::topk(scores, count, 0, /*largest=*/false, /*sorted=*/false);
    mask.index_fill_(0, std::get<1>(lowest), 0);
  }
  return mask;
}

// The layers to be pruned. Weights that an embedding or the like reads too are left to it.
std::vector<LayerWeight> choose(const Module& module, const c10::IValue& keep) {
  const LayerWeights weights = layer_weights(module);
  std::vector<std::string> names;
  names.reserve(weights.all.size());
  for (const LayerWeight& weight : weights.all) names.push_back(weight.layer);
  const LayerNames kept(keep, names);
  std::vector<LayerWeight> chosen;
  for (const LayerWeight& weight : weights.all) {
    const auto is_same = [&](const at::Tensor& other) {
      return other.is_same(weight.tensor) ||
             (other.has_storage() && other.const_data_ptr() == weight.tensor.const_data_ptr());
    };
    const bool is_shared =
        std::any_of(weights.read_by_others.begin(), weights.read_by_others.end(), is_same);
    if (!is_shared && !kept.contains(weight.layer)) chosen.push_back(weight);
  }
  if (chosen.empty()) {
    throw Failure(NX_ERROR_UNSUPPORTED,
                  "nothing can be pruned: the model has no convolution or linear layer whose "
                  "floating-point weights are its own, or all are kept");
  }
  return chosen;
}

ByTensor find_masks(const std::vector<LayerWeight>& layers, const PruneSettings& settings) {
  ByTensor by_tensor;
  std::vector<Pruned*> order;
  for (const LayerWeight& layer : layers) {
    const auto [entry, is_new] =
        by_tensor.emplace(layer.tensor.unsafeGetTensorImpl(), Pruned{layer.tensor, {}});
    if (is_new) order.push_back(&entry->second);
  }
  Scores scores(settings);
  std::vector<at::Tensor> all;
  for (Pruned* pruned : order) {
    all.push_back(scores.of(pruned->weight));
    if (!settings.is_global) all.back() = mask_of(all.back(), settings.amount);
  }
  const at::Tensor joined =
      settings.is_global ? mask_of(at::cat(all), settings.amount) : at::Tensor();
  int64_t begin = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    const at::Tensor& weight = order[i]->weight;
    const at::Tensor flat = joined.defined() ? joined.narrow(0, begin, weight.numel()) : all[i];
    order[i]->mask = flat.clone().view(weight.sizes()).to(weight.scalar_type());
    begin += weight.numel();
  }
  return by_tensor;
}

// Puts zeros into the weights, in copies of them.
void make_permanent(const Module& module, const std::vector<LayerWeight>& layers,
                    const ByTensor& masks) {
  std::map<const void*, at::Tensor> made;
  for (const auto& [tensor, pruned] : masks) {
    made.emplace(tensor, pruned.weight.detach()
                             .masked_fill(pruned.mask.eq(0), 0)
                             .set_requires_grad(pruned.weight.requires_grad()));
  }
  for (const LayerWeight& layer : layers) {
    if (!layer.owner) continue;
    const size_t slot = layer.owner->type()->getAttributeSlot(layer.attribute);
    layer.owner->_ivalue()->setSlot(slot, made.at(layer.tensor.unsafeGetTensorImpl()));
  }
  for_each_node(module, [&](torch::jit::Node* node) {
    if (node->kind() != c10::prim::Constant) return;
    const auto tensor = constant_tensor(node->output());
    if (!tensor) return;
    const auto found = made.find(tensor->unsafeGetTensorImpl());
    if (found != made.end()) node->t_(c10::attr::value, found->second);
  });
}

// Looking for weights has inlined the code of parts, which libtorch then keeps to run it.
void forget_inlined(const Module& root) {
  for (const Module& part : root.modules()) {
    for (const torch::jit::Method& method : part.get_methods()) {
      if (auto* function = torch::jit::tryToGraphFunction(method.function()))
        function->clear_optimized_graphs();
    }
  }
}

Change change(const LayerWeight& layer, const std::string& after) {
  const auto bytes = static_cast<int64_t>(layer.tensor.nbytes());
  return {layer.layer, "weights", after, bytes, bytes};
}

Rewritten prune(const Module& given, const torch::jit::Stack& arguments) {
  const PruneSettings settings{arguments.at(0).toDouble(), arguments.at(1).toBool(),
                               arguments.at(2).toBool(), arguments.at(3).toInt()};
  const bool keeps_masks = arguments.at(4).toBool();
  if (!(settings.amount > 0 && settings.amount < 1))
    invalid_argument("expected an amount above 0 and below 1");
  const Module module = is_frozen(given) ? frozen(given) : given;
  remove_masks(module);
  const std::vector<LayerWeight> layers = choose(module, arguments.at(5));
  const ByTensor masks = find_masks(layers, settings);
  Rewritten result{module, {}};
  std::vector<Mask> kept;
  for (const LayerWeight& layer : layers) {
    result.changes.push_back(change(layer, "weights with a mask"));
    if (!keeps_masks) {
      result.changes.back().after = "weights with zeros";
    } else if (!layer.owner) {
      throw Failure(NX_ERROR_UNSUPPORTED,
                    "a frozen model has no parameters that masks could stand beside: prune it "
                    "before it is frozen, or without keeping masks");
    } else {
      kept.push_back(
          {*layer.owner, layer.attribute, masks.at(layer.tensor.unsafeGetTensorImpl()).mask});
    }
  }
  if (keeps_masks) {
    add_masks(module, kept);
  } else {
    make_permanent(module, layers, masks);
  }
  forget_inlined(module);
  return result;
}

Rewritten remove(const Module& module, const torch::jit::Stack& /*arguments*/) {
  Rewritten result{module, {}};
  for (const Unmasked& layer : remove_masks(module)) {
    const auto bytes = static_cast<int64_t>(layer.weight.nbytes());
    result.changes.push_back(
        {layer.layer, "weights with a mask", "weights with zeros", 2 * bytes, bytes});
  }
  return result;
}

}  // namespace

const Rewrite kPrune{
    "prune(float amount, bool is_global, bool is_random, int seed, bool keeps_masks, str[] keep) "
    "-> ()",
    prune};
const Rewrite kRemovePruning{"remove_pruning() -> ()", remove};

}  // namespace nx
