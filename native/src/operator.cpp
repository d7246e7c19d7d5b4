// The generic operator call: every operator of libtorch's through its boxed dispatcher.
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/clone.h>
#include <ATen/ops/set.h>

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <set>

#include "compute.h"
#include "handles.h"
#include "trace.h"
#include "value.h"
#include "value_names.h"

namespace {

std::set<std::string> overloads_of(const std::string& name) {
  std::set<std::string> known;
  for (const c10::OperatorName& found : c10::Dispatcher::singleton().getAllOpNames()) {
    if (found.name == name && c10::Dispatcher::singleton().findSchema(found))
      known.insert(c10::toString(found));
  }
  return known;
}

std::string join(const std::set<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

[[noreturn]] void fail_to_find(const std::string& name, const std::string& overload) {
  const std::string suffix = overload.empty() ? "" : "." + overload;
  std::string message = "libtorch has no operator " + name + suffix;
  if (name.find("::") == std::string::npos) {
    const std::string full = "aten::" + name;
    const std::set<std::string> known = overloads_of(full);
    if (known.count(full + suffix) != 0) {
      message += ": did you mean " + full + suffix + "?";
    } else if (!known.empty()) {
      message += ": did you mean one of " + join(known) + "?";
    }
  } else if (const std::set<std::string> known = overloads_of(name); !known.empty()) {
    message += (overload.empty() ? " without an overload, it has: " : ", it has: ") + join(known);
  }
  throw nx::Failure(NX_ERROR_UNSUPPORTED, message);
}

const nx_operator* find_operator(const std::string& name, const std::string& overload) {
  static std::mutex mutex;
  // Never destroyed: callers keep these for ever.
  static auto* const found = new std::map<std::pair<std::string, std::string>, nx_operator>();
  const std::lock_guard<std::mutex> lock(mutex);
  const auto key = std::make_pair(name, overload);
  if (const auto entry = found->find(key); entry != found->end()) return &entry->second;
  const auto handle = c10::Dispatcher::singleton().findSchema({name, overload});
  if (!handle) fail_to_find(name, overload);
  std::string schema = c10::toString(handle->schema());
  return &found->emplace(key, nx_operator{*handle, std::move(schema), nx::TypedCall::find(*handle)})
              .first->second;
}

// Whether a parameter or a result aliases something: to write to it, or only to view it. A list
// says so for its elements.
bool aliases(const c10::Argument& argument, bool writing) {
  const std::function<bool(const c10::AliasInfo&)> holds = [&](const c10::AliasInfo& info) {
    return (info.isWrite() == writing && !info.beforeSets().empty()) ||
           std::any_of(info.containedTypes().begin(), info.containedTypes().end(), holds);
  };
  return argument.alias_info() != nullptr && holds(*argument.alias_info());
}

c10::IValue describe(const c10::FunctionSchema& schema) {
  c10::impl::GenericList parameters(c10::AnyType::get());
  for (const c10::Argument& parameter : schema.arguments()) {
    parameters.push_back(c10::ivalue::Tuple::create({parameter.name(), nx::type_text(parameter),
                                                     parameter.default_value().has_value(),
                                                     aliases(parameter, true)}));
  }
  const auto& returns = schema.returns();
  const bool views = std::any_of(returns.begin(), returns.end(), [](const c10::Argument& result) {
    return aliases(result, false);
  });
  return c10::ivalue::Tuple::create({parameters, views});
}

// Some operators (set_, set_data) give a tensor the storage of another. Where that is the caller's
// memory, the tensor may outlive it: it gets a copy of its own instead.
class StorageWatch {
 public:
  explicit StorageWatch(const torch::jit::Stack& arguments) {
    const auto is_lent = [](const c10::IValue& argument) {
      return argument.isTensor() && nx::is_borrowed(argument.toTensor());
    };
    if (std::none_of(arguments.begin(), arguments.end(), is_lent)) return;
    any_lent_ = true;
    for (const c10::IValue& argument : arguments) {
      if (argument.isTensor()) tensors_.emplace_back(argument.toTensor(), storage(argument));
    }
  }

  void settle(torch::jit::Stack& results) const {
    if (!any_lent_) return;
    for (const auto& [tensor, before] : tensors_) {
      if (nx::is_borrowed(tensor) && storage(tensor) != before) tensor.set_(tensor.clone());
    }
    // A sparse tensor has no storage that could be seen to be borrowed, but may be made of tensors
    // that are.
    const auto own = [](const at::Tensor& tensor) {
      return tensor.has_storage() ? tensor : tensor.clone();
    };
    for (c10::IValue& result : results) result = nx::map_tensors(result, own);
  }

 private:
  static const c10::StorageImpl* storage(const c10::IValue& value) {
    const at::Tensor& tensor = value.toTensor();
    const bool has_storage = tensor.defined() && tensor.has_storage();
    return has_storage ? tensor.storage().unsafeGetStorageImpl() : nullptr;
  }

  bool any_lent_ = false;
  std::vector<std::pair<at::Tensor, const c10::StorageImpl*>> tensors_;
};

void call(const nx_operator& op, torch::jit::Stack& stack, nx_value* results) {
  const StorageWatch watch(stack);
  op.handle.callBoxed(stack);
  watch.settle(stack);
  size_t written = 0;
  try {
    for (; written < stack.size(); ++written) nx::write_value(stack[written], &results[written]);
  } catch (...) {
    for (size_t i = 0; i < written; ++i) nx::discard_value(&results[i]);
    throw;
  }
}

}  // namespace

nx_error* nx_operator_find(const char* name, const char* overload, nx_operator** out) noexcept {
  *out = nullptr;
  return nx::guard([&] {
    nx::require(name, "name");
    *out = const_cast<nx_operator*>(find_operator(name, overload == nullptr ? "" : overload));
  });
}

const char* nx_operator_schema(const nx_operator* op) noexcept { return op->schema.c_str(); }

nx_error* nx_operator_describe(const nx_operator* op, nx_value* out) noexcept {
  *out = {};
  return nx::guard(
      [&] { nx::write_value(describe(nx::require(op, "operator").handle.schema()), out); });
}

int64_t nx_operator_return_count(const nx_operator* op) noexcept {
  return static_cast<int64_t>(op->handle.schema().returns().size());
}

nx_error* nx_operator_call(const nx_operator* op, nx_trace* trace, const nx_value* arguments,
                           int64_t count, const void* /*keep_1*/, const void* /*keep_2*/,
                           const void* /*keep_3*/, const void* /*keep_4*/,
                           nx_value* results) noexcept {
  return nx::guard([&] {
    const c10::FunctionSchema& schema = nx::require(op, "operator").handle.schema();
    std::fill_n(results, schema.returns().size(), nx_value{});
    torch::jit::Stack stack;
    nx::push_arguments(schema, 0, arguments, count, nullptr, stack);
    if (trace == nullptr) {
      const nx::OperatorScope scope;
      call(*op, stack, results);
    } else {
      const nx::TraceLock lock(*trace);
      // A trace keeps what is not a symbol of it as a constant, beyond this call.
      const nx::ModuleScope modes;
      for (c10::IValue& argument : stack) argument = nx::map_tensors(argument, nx::keepable);
      const nx::TraceScope scope(*trace);
      const torch::jit::Node* before = nx::last_node(*trace);
      try {
        call(*op, stack, results);
      } catch (...) {
        nx::drop_unfinished_node(*trace, before);
        throw;
      }
    }
  });
}

int64_t nx_operator_plain_count(const nx_operator* op) noexcept {
  return op->typed == nullptr ? 0 : op->typed->count();
}

nx_error* nx_operator_call_plain(const nx_operator* op, const nx_tensor* first,
                                 const nx_tensor* second, nx_value* result) noexcept {
  *result = {};
  return nx::guard([&] {
    const std::unique_ptr<const nx::TypedCall>& typed = nx::require(op, "operator").typed;
    if (typed == nullptr) nx::invalid_argument(op->schema + " can't be called with tensors alone");
    const at::Tensor& one = nx::tensor_of(first, "first tensor");
    const at::Tensor* other =
        typed->count() == 1 ? nullptr : &nx::tensor_of(second, "second tensor");
    const nx::OperatorScope scope;
    at::Tensor tensor = typed->run(one, other);
    // As StorageWatch says of sparse tensors.
    if (tensor.defined() && !tensor.has_storage()) tensor = tensor.clone();
    nx::write_tensor(std::move(tensor), result);
  });
}
