// What a forward takes for tensors and for how long, inferred from its code.
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_strided.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/passes/symbolic_shape_analysis.h>

#include <algorithm>
#include <optional>
#include <set>
#include <unordered_map>

#include "call.h"
#include "compute.h"
#include "flops.h"
#include "handles.h"
#include "module.h"
#include "rewrite/frozen.h"
#include "types.h"
#include "value.h"

namespace {

using torch::jit::Block;
using torch::jit::Node;
using torch::jit::Stack;
using torch::jit::Value;

constexpr int64_t kUnknown = -1;
constexpr int64_t kMostIterations = 10000;

bool is_meta(const at::Tensor& tensor) { return tensor.is_meta(); }

// A tensor of the same shape and dtype without elements. One number stays: code may depend on it.
at::Tensor without_elements(const at::Tensor& tensor) {
  if (!tensor.defined() || is_meta(tensor) || tensor.dim() == 0) return tensor;
  return at::empty_strided(tensor.sizes(), tensor.strides(), tensor.options().device(at::kMeta));
}

c10::IValue without_elements(const c10::IValue& value) {
  if (value.isDevice()) return at::Device(at::kMeta);
  return nx::map_tensors(value, [](const at::Tensor& tensor) { return without_elements(tensor); });
}

// Runs a graph on tensors without elements ("meta" tensors), which have shapes, dtypes, strides and
// storages, and notes which node makes a storage and which ones use it.
class Plan {
 public:
  Plan(torch::jit::Graph& graph, Stack arguments) {
    for (size_t i = 0; i < arguments.size(); ++i) give(*graph.inputs()[i], arguments[i]);
    run(*graph.block());
    use(*graph.return_node(), ++node_);
  }

  c10::IValue made() && { return c10::ivalue::Tuple::create(std::move(made_)); }

  c10::IValue uses() const {
    at::Tensor table = at::empty({static_cast<int64_t>(uses_.size() / 2), 2}, at::kLong);
    std::copy(uses_.begin(), uses_.end(), table.mutable_data_ptr<int64_t>());
    return table;
  }

 private:
  // Weights and inputs, which are there anyway.
  void give(const Value& value, const c10::IValue& given) {
    values_[&value] = given;
    for (const at::Tensor& tensor : nx::tensors_of(given)) owners_[storage(tensor)] = kUnknown;
    given_.push_back(given);  // so that no other storage gets its address
  }

  void run(Block& block) {
    for (Node* node : block.nodes()) run(*node);
  }

  void run(Node& node) {
    if (node.kind() == c10::prim::Constant) {
      if (const auto constant = torch::jit::toIValue(node.output()))
        give(*node.output(), without_elements(*constant));
      return;
    }
    const int64_t number = ++node_;
    use(node, number);
    if (node.kind() == c10::prim::If) return run_if(node);
    if (node.kind() == c10::prim::Loop) return run_loop(node);
    std::optional<Stack> results = computed(node);
    if (!results) results = attended(node);
    if (!results) results = inferred(node);
    for (size_t i = 0; i < node.outputs().size(); ++i) {
      const Value* output = node.output(i);
      if (results) {
        values_[output] = without_elements((*results)[i]);
        for (const at::Tensor& tensor : nx::tensors_of(values_[output])) own(node, tensor, *output);
      } else {
        values_.erase(output);
        if (output->type()->isSubtypeOf(*c10::TensorType::get())) add(node, kUnknown, 0, *output);
      }
    }
  }

  void run_if(Node& node) {
    const auto condition = find(*node.input(0));
    Block& taken = *node.blocks()[condition && condition->isBool() && !condition->toBool() ? 1 : 0];
    run(taken);
    for (size_t i = 0; i < node.outputs().size(); ++i) copy(*taken.outputs()[i], *node.output(i));
  }

  void run_loop(Node& node) {
    Block& body = *node.blocks()[0];
    const auto most = find(*node.input(0));
    auto goes_on = find(*node.input(1));
    for (size_t i = 2; i < node.inputs().size(); ++i) copy(*node.input(i), *body.inputs()[i - 1]);
    // How often is not known if elements decide: then once.
    const int64_t limit = most && most->isInt() && goes_on && goes_on->isBool()
                              ? std::min(most->toInt(), kMostIterations)
                              : 1;
    for (int64_t turn = 0; turn < limit && (!goes_on || goes_on->toBool()); ++turn) {
      values_[body.inputs()[0]] = turn;
      run(body);
      goes_on = find(*body.outputs()[0]);
      for (size_t i = 1; i < body.outputs().size(); ++i)
        copy(*body.outputs()[i], *body.inputs()[i]);
    }
    for (size_t i = 0; i < node.outputs().size(); ++i) copy(*body.inputs()[i + 1], *node.output(i));
  }

  std::optional<c10::IValue> find(const Value& value) const {
    const auto found = values_.find(&value);
    return found == values_.end() ? std::nullopt : std::optional(found->second);
  }

  void copy(const Value& from, const Value& to) {
    if (const auto value = find(from)) {
      values_[&to] = *value;
    } else {
      values_.erase(&to);
    }
  }

  // By libtorch's own code; none if that wants elements, or an input is not known.
  std::optional<Stack> computed(Node& node) const {
    Stack stack;
    for (const Value* input : node.inputs()) {
      const auto value = find(*input);
      if (!value) return {};
      stack.push_back(*value);
    }
    try {
      switch (node.kind()) {
        case c10::prim::ListConstruct:
          return Stack{list(stack, *node.output()->type())};
        case c10::prim::TupleConstruct:
        case c10::prim::DictConstruct:  // nothing asks it for a key but what follows it
          return Stack{c10::ivalue::Tuple::create(std::move(stack))};
        case c10::prim::ListUnpack:
          stack = stack.at(0).toListRef().vec();
          break;
        case c10::prim::TupleUnpack:
          stack = stack.at(0).toTupleRef().elements().vec();
          break;
        default:
          node.getOperation()(stack);
      }
    } catch (const std::exception&) {
      return {};
    }
    return stack.size() == node.outputs().size() ? std::optional(std::move(stack)) : std::nullopt;
  }

  static c10::IValue list(const Stack& items, const c10::Type& type) {
    c10::impl::GenericList made(type.expectRef<c10::ListType>().getElementType());
    for (const c10::IValue& item : items) made.push_back(item);
    return made;
  }

  // Attention has neither code for tensors without elements nor a shape function.
  std::optional<Stack> attended(const Node& node) const {
    if (node.kind() != c10::aten::scaled_dot_product_attention) return {};
    const auto query = find(*node.input(0));
    const auto value = find(*node.input(2));
    if (!query || !value) return {};
    std::vector<int64_t> sizes = query->toTensor().sizes().vec();
    sizes.back() = value->toTensor().size(-1);
    return Stack{at::empty(sizes, query->toTensor().options())};
  }

  // By libtorch's shape functions, for operators such as convolutions that have no code for tensors
  // without elements. Their results have the dtype of the first input.
  std::optional<Stack> inferred(const Node& node) const {
    const c10::FunctionSchema* schema = node.maybeSchema();
    if (schema == nullptr) return {};
    std::vector<torch::jit::SSAInput> inputs;
    at::ScalarType dtype = at::kFloat;
    for (const Value* input : node.inputs()) {
      const auto value = find(*input);
      if (!value) return {};
      if (value->isTensor() && value->toTensor().defined()) {
        if (inputs.empty()) dtype = value->toTensor().scalar_type();
        inputs.emplace_back(c10::SymbolicShape(value->toTensor().sizes()));
      } else {
        inputs.emplace_back(*value);
      }
    }
    try {
      const auto shapes = torch::jit::calculateSymbolicShapesOnOp(schema, inputs);
      if (!shapes || shapes->size() != node.outputs().size()) return {};
      Stack results;
      for (const c10::SymbolicShape& shape : *shapes) {
        const auto sizes = concrete(shape);
        if (!sizes) return {};
        results.emplace_back(at::empty(*sizes, at::device(at::kMeta).dtype(dtype)));
      }
      return results;
    } catch (const std::exception&) {
      return {};
    }
  }

  static std::optional<std::vector<int64_t>> concrete(const c10::SymbolicShape& shape) {
    const auto symbols = shape.sizes();
    if (!symbols) return {};
    std::vector<int64_t> sizes;
    for (const c10::ShapeSymbol& size : *symbols) {
      if (!size.is_static()) return {};
      sizes.push_back(size.static_size());
    }
    return sizes;
  }

  static const void* storage(const at::Tensor& tensor) {
    return tensor.has_storage() ? tensor.storage().unsafeGetStorageImpl() : nullptr;
  }

  // Notes that the node made a tensor, unless that is a view, or was written in place.
  void own(const Node& node, const at::Tensor& tensor, const Value& output) {
    if (!tensor.defined() || !is_meta(tensor) || owners_.count(storage(tensor)) != 0) return;
    owners_[storage(tensor)] = static_cast<int64_t>(made_.size());
    given_.emplace_back(tensor);
    add(node, static_cast<int64_t>(tensor.storage().nbytes()), workspace(node, tensor), output);
  }

  void add(const Node& node, int64_t bytes, int64_t workspace_bytes, const Value& output) {
    made_.emplace_back(c10::ivalue::Tuple::create({output.debugName(), node.kind().toQualString(),
                                                   bytes, node_, flops(node), workspace_bytes}));
  }

  // Views use what they are of.
  void use(const Node& node, int64_t number) {
    std::set<int64_t> used;
    for (const Value* input : node.inputs()) {
      const auto value = find(*input);
      if (!value) continue;
      for (const at::Tensor& tensor : nx::tensors_of(*value)) {
        const auto owner = owners_.find(storage(tensor));
        if (owner != owners_.end() && owner->second != kUnknown) used.insert(owner->second);
      }
    }
    for (const int64_t owner : used) uses_.insert(uses_.end(), {number, owner});
  }

  int64_t flops(const Node& node) const {
    std::vector<std::vector<int64_t>> sizes;
    std::vector<c10::IValue> values;
    for (const Value* input : node.inputs()) {
      const c10::IValue value = find(*input).value_or(c10::IValue());
      const bool is_tensor = value.isTensor() && value.toTensor().defined();
      sizes.push_back(is_tensor ? value.toTensor().sizes().vec() : std::vector<int64_t>());
      values.push_back(is_tensor ? c10::IValue() : value);
    }
    return nx::flops_of(node.kind().toQualString(), sizes, values);
  }

  // A convolution has its weights, input and output in oneDNN's layouts beside ours.
  int64_t workspace(const Node& node, const at::Tensor& output) const {
    const std::string kind = node.kind().toQualString();
    if (kind.find("::conv") == std::string::npos && kind != "aten::_convolution") return 0;
    size_t bytes = output.nbytes();
    for (const size_t input : {0, 1}) {
      const auto value = find(*node.input(input));
      if (value && value->isTensor()) bytes += value->toTensor().nbytes();
    }
    return static_cast<int64_t>(bytes);
  }

  int64_t node_ = 0;
  std::vector<c10::IValue> made_;
  std::vector<int64_t> uses_;  // pairs
  std::unordered_map<const Value*, c10::IValue> values_;
  std::unordered_map<const void*, int64_t> owners_;  // by storage; kUnknown for what was given
  std::vector<c10::IValue> given_;                   // keeps all storages
};

// What a call hands to the code, which a converted model's casts.
Stack inputs(Stack arguments, int32_t dtype) {
  for (c10::IValue& argument : arguments) {
    argument = nx::map_tensors(argument, [&](const at::Tensor& tensor) {
      const at::Tensor bare =
          at::empty_strided(tensor.sizes(), tensor.strides(), tensor.options().device(at::kMeta));
      return dtype != 0 && bare.is_floating_point() ? bare.to(nx::to_scalar_type(dtype)) : bare;
    });
  }
  return arguments;
}

}  // namespace

nx_error* nx_module_memory_plan(const nx_module* module, const nx_run_options* options,
                                const nx_value* arguments, int64_t count, const void* /*keep_1*/,
                                const void* /*keep_2*/, const void* /*keep_3*/,
                                const void* /*keep_4*/, nx_value* out) noexcept {
  *out = {};
  return nx::guard([&] {
    const torch::jit::Module& asked = nx::require(module, "module").module;
    torch::jit::Function& forward = nx::find_method(asked, "forward").function();
    const nx::ModuleScope scope;
    const std::unique_lock<std::mutex> turn = module->state->turn(asked);
    Stack stack{asked._ivalue()};
    nx::push_arguments(forward.getSchema(), 1, arguments, count, nullptr, stack);
    const auto graph = nx::frozen(asked).get_method("forward").graph()->copy();
    Plan plan(*graph, inputs(std::move(stack), nx::require(options, "options").dtype));
    c10::IValue uses = plan.uses();
    nx::write_value(c10::ivalue::Tuple::create({std::move(plan).made(), std::move(uses)}), out);
  });
}
