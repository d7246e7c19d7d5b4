// Modules: made and looked at.
#include "module.h"

#include <torch/csrc/jit/passes/inliner.h>

#include <map>

#include "borrowed.h"
#include "compute.h"
#include "handles.h"
#include "module_tensors.h"
#include "nodes.h"
#include "value.h"
#include "value_names.h"

namespace nx {

nx_module* new_handle(nx_module module) {
  auto* handle = new nx_module(std::move(module));
  count_handle(NX_HANDLE_MODULE, +1);
  return handle;
}

nx_module* new_module(torch::jit::Module module) {
  return new_handle(nx_module{
      std::move(module), std::make_shared<Compiled>(), std::make_shared<ModuleState>(), {}, {}});
}

int64_t training_count(const torch::jit::Module& module) {
  int64_t count = 0;
  for (const torch::jit::Module& part : module.modules()) {
    if (!part.hasattr("training")) continue;
    const c10::IValue training = part.attr("training");
    if (training.isBool() && training.toBool()) ++count;
  }
  return count;
}

at::Tensor module_tensor(const at::Tensor& tensor, bool is_buffer) {
  at::Tensor result = keepable(tensor).detach();
  if (!is_buffer && result.is_floating_point()) result.set_requires_grad(true);
  return result;
}

std::pair<std::string, std::string> split_name(const std::string& name) {
  const auto dot = name.rfind('.');
  if (dot == std::string::npos) return {"", name};
  return {name.substr(0, dot), name.substr(dot + 1)};
}

std::optional<torch::jit::Module> find_owner(const torch::jit::Module& module,
                                             const std::string& path, const std::string& name) {
  torch::jit::Module owner = module;
  for (size_t start = 0; start < path.size();) {
    const size_t end = std::min(path.find('.', start), path.size());
    const std::string part = path.substr(start, end - start);
    if (!owner.hasattr(part) || !owner.attr(part).isModule()) return {};
    owner = owner.attr(part).toModule();
    start = end + 1;
  }
  if (!owner.hasattr(name) || !owner.attr(name).isTensor()) return {};
  return owner;
}

namespace {

// The tensors of a module tree under dotted names, in the order of the attributes.
template <class List>
std::vector<std::pair<std::string, at::Tensor>> named(const List& list) {
  std::vector<std::pair<std::string, at::Tensor>> entries;
  for (const auto& entry : list) entries.emplace_back(entry.name, entry.value);
  return entries;
}

// A tree of modules made from dotted names.
struct Builder {
  struct Entry {
    at::Tensor tensor;
    bool is_buffer;
  };

  std::map<std::string, Builder> children;
  std::vector<std::string> child_order;
  std::vector<std::pair<std::string, Entry>> tensors;

  void add(const std::string& name, Entry entry) {
    const auto dot = name.find('.');
    if (dot == std::string::npos) {
      if (name.empty()) invalid_argument("a tensor name with an empty part");
      tensors.emplace_back(name, std::move(entry));
      return;
    }
    const std::string child = name.substr(0, dot);
    if (child.empty()) invalid_argument("a tensor name with an empty part");
    if (children.find(child) == children.end()) child_order.push_back(child);
    children[child].add(name.substr(dot + 1), std::move(entry));
  }

  torch::jit::Module build(const std::shared_ptr<torch::jit::CompilationUnit>& unit,
                           const std::string& type_name) const {
    torch::jit::Module module(c10::QualifiedName(type_name), unit, /*shouldMangle=*/true);
    module.register_attribute("training", c10::BoolType::get(), false);
    for (const auto& [name, entry] : tensors) {
      if (module.hasattr(name))
        invalid_argument("two tensors are named '" + name + "' in one module");
      module.register_parameter(name, entry.tensor, entry.is_buffer);
    }
    for (const std::string& name : child_order) {
      if (module.hasattr(name)) invalid_argument("'" + name + "' is both a tensor and a module");
      module.register_module(name, children.at(name).build(unit, type_name + ".Part"));
    }
    return module;
  }
};

c10::IValue describe_argument(const c10::Argument& argument) {
  return c10::ivalue::Tuple::create(
      {argument.name(), type_text(argument.type()), argument.default_value().has_value()});
}

c10::IValue describe_method(const torch::jit::Method& method) {
  const c10::FunctionSchema& schema = method.function().getSchema();
  c10::impl::GenericList arguments(c10::AnyType::get());
  for (size_t i = 1; i < schema.arguments().size(); ++i)
    arguments.push_back(describe_argument(schema.arguments()[i]));
  return c10::ivalue::Tuple::create({method.name(), c10::toString(schema), arguments});
}

}  // namespace

}  // namespace nx

nx_error* nx_module_create(const char* const* names, const nx_tensor* const* tensors,
                           const int32_t* is_buffer, int64_t count, nx_module** out) noexcept {
  *out = nullptr;
  return nx::guard(
      [&] {
        const nx::ModuleScope scope;
        nx::require_length(names, count, "names");
        nx::require_length(tensors, count, "tensors");
        nx::require_length(is_buffer, count, "is_buffer");
        nx::Builder builder;
        for (int64_t i = 0; i < count; ++i) {
          const bool buffer = is_buffer[i] != 0;
          const at::Tensor& tensor = nx::tensor_of(tensors[i], "tensor");
          builder.add(nx::text(names[i], "name"), {nx::module_tensor(tensor, buffer), buffer});
        }
        *out = nx::new_module(builder.build(std::make_shared<torch::jit::CompilationUnit>(),
                                            "__torch__.narthex.Model"));
      },
      NX_ERROR_MODEL);
}

nx_error* nx_module_share(const nx_module* module, nx_module** out) noexcept {
  *out = nullptr;
  return nx::guard([&] { *out = nx::new_handle(nx::require(module, "module")); });
}

void nx_module_free(nx_module* module) noexcept {
  if (module == nullptr) return;
  delete module;
  nx::count_handle(NX_HANDLE_MODULE, -1);
}

int64_t nx_module_training_count(const nx_module* module) noexcept {
  try {
    return nx::training_count(module->module);
  } catch (...) {
    return -1;
  }
}

nx_error* nx_module_is_stateful(const nx_module* module, int32_t* out) noexcept {
  *out = 0;
  return nx::guard([&] {
    const nx_module& asked = nx::require(module, "module");
    *out = asked.state->is_stateful(asked.module) ? 1 : 0;
  });
}

nx_error* nx_module_parameters(const nx_module* module, nx_value* out) noexcept {
  *out = {};
  return nx::guard([&] {
    const torch::jit::Module& asked = nx::require(module, "module").module;
    const std::unique_lock<std::mutex> turn = module->state->turn(asked);
    nx::write_tensor_dict(nx::named(asked.named_parameters()), out);
  });
}

nx_error* nx_module_buffers(const nx_module* module, nx_value* out) noexcept {
  *out = {};
  return nx::guard([&] {
    const torch::jit::Module& asked = nx::require(module, "module").module;
    const std::unique_lock<std::mutex> turn = module->state->turn(asked);
    nx::write_tensor_dict(nx::named(asked.named_buffers()), out);
  });
}

nx_error* nx_module_constants(const nx_module* module, nx_value* out) noexcept {
  *out = {};
  return nx::guard(
      [&] { nx::write_value(nx::constants_of(nx::require(module, "module").module), out); });
}

nx_error* nx_module_methods(const nx_module* module, nx_value* out) noexcept {
  *out = {};
  return nx::guard([&] {
    c10::impl::GenericList list(c10::AnyType::get());
    for (const torch::jit::Method& method : nx::require(module, "module").module.get_methods()) {
      list.push_back(nx::describe_method(method));
    }
    nx::write_value(list, out);
  });
}

nx_error* nx_module_operators(const nx_module* module, nx_value* out) noexcept {
  *out = {};
  return nx::guard([&] {
    std::map<std::string, int64_t> counts;
    for (const torch::jit::Method& method : nx::require(module, "module").module.get_methods()) {
      if (!method.function().isGraphFunction()) continue;  // compiled
      const auto graph = method.graph()->copy();
      torch::jit::Inline(*graph);
      nx::for_each_node(graph->block(), [&](const torch::jit::Node* node) {
        if (!node->kind().is_prim()) ++counts[node->kind().toQualString()];
      });
    }
    c10::impl::GenericDict dict(c10::StringType::get(), c10::IntType::get());
    for (const auto& [name, count] : counts) dict.insert_or_assign(name, count);
    nx::write_value(dict, out);
  });
}

nx_error* nx_module_compilations(const nx_module* module, nx_value* out) noexcept {
  *out = {};
  return nx::guard([&] {
    std::vector<c10::IValue> rows;
    for (const auto& made : nx::require(module, "module").compiled->fused.compilations()) {
      c10::impl::GenericDict others(c10::StringType::get(), c10::IntType::get());
      for (const auto& [name, count] : made.others) others.insert(name, count);
      rows.emplace_back(
          c10::ivalue::Tuple::create({made.inputs, static_cast<int64_t>(made.threads),
                                      made.milliseconds, made.parts, made.compiled, others}));
    }
    nx::write_value(c10::ivalue::Tuple::create(std::move(rows)), out);
  });
}
