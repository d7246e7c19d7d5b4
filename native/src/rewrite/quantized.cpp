#include "rewrite/quantized.h"

#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/amax.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/quantize_per_channel.h>
#include <ATen/ops/quantize_per_tensor.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>
#include <array>
#include <utility>

#include "error.h"
#include "nodes.h"
#include "torch_versions.h"

namespace nx {
namespace {

class Silent : public c10::WarningHandler {
 public:
  void process(const c10::Warning& /*warning*/) override {}
};

constexpr std::array<std::pair<const char*, at::QEngine>, 4> kEngines{{
    {"x86", at::QEngine::X86},
    {"onednn", at::QEngine::ONEDNN},
    {"fbgemm", at::QEngine::FBGEMM},
    {"qnnpack", at::QEngine::QNNPACK},
}};

// What a module's attribute with the name of the engine is called.
constexpr const char* kEngineAttribute = "quantized_engine";

std::shared_mutex& engine_mutex() {
  static std::shared_mutex mutex;
  return mutex;
}

bool is_present(at::QEngine engine) {
  const auto& present = at::globalContext().supportedQEngines();
  return std::find(present.begin(), present.end(), engine) != present.end();
}

bool is_floating(const c10::IValue& value) {
  return value.isTensor() && value.toTensor().defined() && value.toTensor().is_floating_point();
}

// What an object of packed weights is saved as. Those of a cell hold those of its products.
void add_tensors(const c10::IValue& value, std::vector<at::Tensor>& tensors) {
  if (value.isTensor()) {
    const at::Tensor& tensor = value.toTensor();
    if (tensor.defined()) tensors.push_back(tensor.is_quantized() ? tensor.int_repr() : tensor);
  } else if (value.isTuple()) {
    for (const c10::IValue& item : value.toTupleRef().elements()) add_tensors(item, tensors);
  } else if (value.isList()) {
    for (const c10::IValue& item : value.toListRef()) add_tensors(item, tensors);
  } else if (is_packed(value)) {
    const auto type = value.type()->expect<c10::ClassType>();
    const size_t start = tensors.size();
    const c10::IValue state = type->getMethod("__getstate__")({value});
    add_tensors(state, tensors);
    // The weights of a linear layer that are no integers are float16, but are saved as float32.
    if (state.isTuple() && is_floating(state.toTupleRef().elements().at(0)))
      tensors.at(start) = tensors.at(start).to(at::kHalf);
  }
}

// Whether weights are those of linear layers whose inputs have a fixed range.
bool is_of_fixed_linear(const torch::jit::Value* weights) {
  static const auto kLinear = c10::Symbol::fromQualString("quantized::linear");
  static const auto kLinearRelu = c10::Symbol::fromQualString("quantized::linear_relu");
  const auto& uses = weights->uses();
  return std::any_of(uses.begin(), uses.end(), [](const torch::jit::Use& use) {
    return use.user->kind() == kLinear || use.user->kind() == kLinearRelu;
  });
}

}  // namespace

at::QEngine quantized_engine(const std::string& name) {
  std::string present;
  for (const auto& [known, engine] : kEngines) {
    if (!is_present(engine)) continue;
    if (name == known) return engine;
    present += (present.empty() ? "" : ", ") + std::string(known);
  }
  throw Failure(NX_ERROR_UNSUPPORTED,
                "there is no quantised engine '" + name + "' here, but " +
                    (present.empty() ? "none: libtorch was built without them" : present));
}

at::QEngine default_engine() {
  // Only oneDNN's kernels use AMX. Without it, all are alike but qnnpack's, which are for ARM.
  if (has_amx_int8() && is_present(at::QEngine::ONEDNN)) return at::QEngine::ONEDNN;
  for (const auto& [name, engine] : kEngines) {
    if (is_present(engine)) return engine;
  }
  return quantized_engine("x86");
}

std::string engine_name(at::QEngine engine) {
  for (const auto& [name, known] : kEngines) {
    if (known == engine) return name;
  }
  return "none";
}

QuietScope::QuietScope() {
  static Silent silent;
  guard_.emplace(&silent);
}

EngineScope::EngineScope(at::QEngine engine)
    : lock_(engine_mutex()), before_(at::globalContext().qEngine()) {
  at::globalContext().setQEngine(engine);
}

EngineScope::~EngineScope() { at::globalContext().setQEngine(before_); }

LinearEngineScope::LinearEngineScope() : before_(at::globalContext().qEngine()) {
  if (before_ == at::QEngine::ONEDNN && is_present(at::QEngine::X86))
    at::globalContext().setQEngine(at::QEngine::X86);
}

LinearEngineScope::~LinearEngineScope() { at::globalContext().setQEngine(before_); }

std::shared_lock<std::shared_mutex> engine_in_use() { return std::shared_lock(engine_mutex()); }

// Without VNNI, all but qnnpack add two products of 8 by 8 bits in 16.
bool needs_reduced_range(at::QEngine engine) {
#if defined(__x86_64__)
  return engine != at::QEngine::QNNPACK && !at::cpu::is_avx512_vnni_supported();
#else
  return false;
#endif
}

bool has_operator(const std::string& name, const std::string& overload) {
  return c10::Dispatcher::singleton().findSchema({name, overload}).has_value();
}

void require_operator(const std::string& name, const std::string& overload) {
  if (!has_operator(name, overload)) {
    throw Failure(NX_ERROR_UNSUPPORTED, "this libtorch has no operator " + name +
                                            (overload.empty() ? "" : "." + overload));
  }
}

c10::IValue call_operator(const std::string& name, torch::jit::Stack arguments,
                          const std::string& overload) {
  require_operator(name, overload);
  c10::Dispatcher::singleton()
      .findSchemaOrThrow(name.c_str(), overload.c_str())
      .callBoxed(arguments);
  return arguments.empty() ? c10::IValue() : arguments.front();
}

bool is_quantizable(const at::Tensor& weight) {
  return weight.defined() && weight.device().is_cpu() && weight.layout() == at::kStrided &&
         weight.scalar_type() == at::kFloat && weight.numel() > 0 &&
         at::isfinite(weight).all().item<bool>();
}

at::Tensor quantize_weight(const at::Tensor& weight, bool per_channel, int64_t axis) {
  const at::Tensor dense = weight.detach().contiguous();
  std::vector<int64_t> reduced;
  for (int64_t i = 0; i < dense.dim(); ++i) {
    if (!per_channel || i != axis) reduced.push_back(i);
  }
  // Half a step more than 127, so that the largest value rounds to 127. Of nothing but zeros, any
  // scale will do.
  const at::Tensor largest = dense.abs().amax(reduced) / 127.5;
  const at::Tensor scales = at::where(largest > 0, largest, at::ones_like(largest));
  if (!per_channel) return at::quantize_per_tensor(dense, scales.item<double>(), 0, at::kQInt8);
  const at::Tensor zero_points = at::zeros(scales.sizes(), at::kLong);
  return at::quantize_per_channel(dense, scales.to(at::kDouble), zero_points, axis, at::kQInt8);
}

int64_t quantized_bytes(const at::Tensor& quantized) {
  constexpr int64_t kScaleAndZeroPoint = sizeof(float) + sizeof(int32_t);
  const bool per_channel = quantized.qscheme() == at::kPerChannelAffine;
  const int64_t scales = per_channel ? quantized.size(quantized.q_per_channel_axis()) : 1;
  return static_cast<int64_t>(quantized.nbytes()) + scales * kScaleAndZeroPoint;
}

torch::jit::Value* PackedWeights::add(const c10::IValue& packed) {
  const void* object = packed.toObject()->getSlot(0).toCapsule().get();
  if (const auto found = values_.find(object); found != values_.end()) return found->second;
  if (!module_.hasattr(kEngineAttribute)) {
    module_.register_attribute(kEngineAttribute, c10::StringType::get(),
                               engine_name(at::globalContext().qEngine()));
  }
  const torch::jit::WithInsertPoint here(*graph_.block()->nodes().begin());
  torch::jit::Value* value = graph_.insertConstant(packed);
  values_.emplace(object, value);
  return value;
}

void keep_engine(const torch::jit::Module& from, torch::jit::Module& to) {
  if (!from.hasattr(kEngineAttribute) || to.hasattr(kEngineAttribute)) return;
  to.register_attribute(kEngineAttribute, c10::StringType::get(), from.attr(kEngineAttribute));
}

void restore_engine(const torch::jit::Module& loaded) {
  if (!loaded.hasattr(kEngineAttribute) || !loaded.attr(kEngineAttribute).isString()) return;
  const std::string saved = loaded.attr(kEngineAttribute).toStringRef();
  const auto found = std::find_if(kEngines.begin(), kEngines.end(),
                                  [&](const auto& known) { return saved == known.first; });
  if (found == kEngines.end() || !is_present(found->second)) return;
  if (found->second == at::globalContext().qEngine()) return;
  const EngineScope scope(found->second);
  for_each_node(loaded, [&](torch::jit::Node* node) {
    if (node->kind() != c10::prim::Constant || node->outputs().empty()) return;
    const auto constant = torch::jit::toIValue(node->output());
    if (!constant || !is_packed(*constant)) return;
    if (is_of_fixed_linear(node->output())) {
      const LinearEngineScope linear;
      node->ival_(c10::attr::value, constant->deepcopy());
    } else {
      node->ival_(c10::attr::value, constant->deepcopy());
    }
  });
}

std::vector<at::Tensor> packed_tensors(const c10::IValue& packed) {
  std::vector<at::Tensor> tensors;
  add_tensors(packed, tensors);
  return tensors;
}

bool is_packed(const c10::IValue& value) {
  if (!value.isCustomClass()) return false;
  const auto name = value.type()->expect<c10::ClassType>()->name()->qualifiedName();
  return name.rfind("__torch__.torch.classes.quantized.", 0) == 0 ||
         name.rfind("__torch__.torch.classes.rnn.", 0) == 0;
}

}  // namespace nx
