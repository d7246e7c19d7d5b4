#include "module_tensors.h"

#include <ATen/core/jit_type.h>

#include <set>
#include <unordered_map>

#include "error.h"
#include "nodes.h"
#include "rewrite/quantized.h"
#include "value.h"

namespace nx {
namespace {

using torch::jit::AttributeKind;
using torch::jit::Module;
using torch::jit::Node;

// Makes values anew with other tensors. Containers that stood in several places stay one, too.
class TensorChanger {
 public:
  explicit TensorChanger(const TensorChange& change) : change_(change) {}

  c10::IValue operator()(const c10::IValue& value) {
    if (value.isTensor()) return tensor(value.toTensor());
    if (!is_container(value)) return value;
    if (const auto found = values_.find(value); found != values_.end()) return found->second;
    return value.isObject() ? object(value) : container(value);
  }

  at::Tensor tensor(const at::Tensor& tensor) {
    if (!tensor.defined()) return tensor;
    if (const auto found = tensors_.find(tensor.unsafeGetTensorImpl()); found != tensors_.end())
      return found->second;
    const bool records = tensor.is_leaf() && tensor.requires_grad();
    at::Tensor result = change_(tensor).detach().set_requires_grad(records);
    alive_.push_back(tensor);
    tensors_.emplace(tensor.unsafeGetTensorImpl(), result);
    tensors_.emplace(result.unsafeGetTensorImpl(), result);
    return result;
  }

 private:
  // Modules are not among them: each is visited on its own. Nor are objects of C++ classes.
  static bool is_container(const c10::IValue& value) {
    if (value.isObject()) return !value.isModule() && !value.isCustomClass();
    return value.isList() || value.isTuple() || value.isGenericDict();
  }

  c10::IValue container(const c10::IValue& value) {
    c10::IValue result;
    if (value.isTuple()) {
      std::vector<c10::IValue> items;
      for (const c10::IValue& item : value.toTupleRef().elements()) items.push_back((*this)(item));
      result = c10::ivalue::Tuple::createNamed(std::move(items), value.type());
    } else if (value.isList()) {
      const c10::List<c10::IValue> source = value.toList();
      c10::impl::GenericList items(source.elementType());
      for (const c10::IValue& item : source.vec()) items.push_back((*this)(item));
      result = items;
    } else {
      const auto source = value.toGenericDict();
      c10::impl::GenericDict items(source.keyType(), source.valueType());
      for (const auto& entry : source) items.insert(entry.key(), (*this)(entry.value()));
      result = items;
    }
    remember(value, result);
    return result;
  }

  // An object may lead back to itself.
  c10::IValue object(const c10::IValue& value) {
    const auto copy = value.toObject()->copy();
    remember(value, copy);
    for (size_t i = 0; i < copy->slots().size(); ++i) copy->setSlot(i, (*this)(copy->getSlot(i)));
    return copy;
  }

  void remember(const c10::IValue& before, const c10::IValue& after) {
    values_.emplace(before, after);
    values_.emplace(after, after);
  }

  const TensorChange& change_;
  c10::IValue::HashIdentityIValueMap values_;
  std::unordered_map<const c10::TensorImpl*, at::Tensor> tensors_;
  std::vector<at::Tensor> alive_;  // keeps the addresses in `tensors_` from being used again
};

// A type that says nothing of its tensors' dtypes and shapes. (libtorch's unshapedType would change
// classes, too.)
c10::TypePtr without_shapes(const c10::TypePtr& type) {
  switch (type->kind()) {
    case c10::TypeKind::TensorType:
      return c10::TensorType::get();
    case c10::TypeKind::DictType:
    case c10::TypeKind::ListType:
    case c10::TypeKind::OptionalType:
    case c10::TypeKind::TupleType: {
      std::vector<c10::TypePtr> contained;
      for (const c10::TypePtr& part : type->containedTypes())
        contained.push_back(without_shapes(part));
      return contained.empty() ? type : type->withContained(std::move(contained));
    }
    default:
      return type;
  }
}

bool is_constant(const Node* node, AttributeKind kind) {
  return node->kind() == c10::prim::Constant && node->hasAttribute(c10::attr::value) &&
         node->kindOf(c10::attr::value) == kind;
}

// Whether a value is an object of a C++ class, such as the packed weights of quantised layers, or
// has one in it.
std::string foreign_class(const c10::IValue& value) {
  std::string name;
  std::set<const void*> seen;
  value.visit([&](const c10::IValue& part) {
    if (!part.isObject()) return false;
    if (part.isCustomClass()) name = part.type()->repr_str();
    return !seen.insert(part.toObject().get()).second;
  });
  return name;
}

void require_not_foreign(const c10::IValue& value, const char* what) {
  const std::string name = foreign_class(value);
  if (!name.empty()) {
    throw Failure(NX_ERROR_UNSUPPORTED, std::string("the model can't be ") + what +
                                            ": it holds weights in an object of class " + name);
  }
}

}  // namespace

void change_tensors(const Module& root, const TensorChange& change) {
  TensorChanger changer(change);
  for (const Module& part : root.modules()) {
    const auto object = part._ivalue();
    for (size_t i = 0; i < object->slots().size(); ++i)
      object->setSlot(i, changer(object->getSlot(i)));
  }
  for_each_node(root, [&](Node* node) {
    if (is_constant(node, AttributeKind::t)) {
      node->t_(c10::attr::value, changer.tensor(node->t(c10::attr::value)));
    } else if (is_constant(node, AttributeKind::ival)) {
      node->ival_(c10::attr::value, changer(node->ival(c10::attr::value)));
    } else {
      return;
    }
    node->output()->setType(without_shapes(node->output()->type()));
  });
}

void require_reachable(const Module& root, const char* what) {
  for (const Module& part : root.modules()) {
    for (const c10::IValue& slot : part._ivalue()->slots()) {
      if (!slot.isModule()) require_not_foreign(slot, what);
    }
  }
  for_each_node(root, [&](const Node* node) {
    if (is_constant(node, AttributeKind::ival))
      require_not_foreign(node->ival(c10::attr::value), what);
    if (node->kind() == c10::prim::ConstantMKLDNNTensor) {
      throw Failure(NX_ERROR_UNSUPPORTED,
                    std::string("the model can't be ") + what +
                        ": its weights are in oneDNN's layouts; do this before it is optimised");
    }
  });
}

std::vector<at::Tensor> constants_of(const Module& module) {
  std::vector<at::Tensor> constants;
  std::set<const void*> seen;
  const auto add = [&](const at::Tensor& tensor) {
    if (tensor.defined() && seen.insert(tensor.unsafeGetTensorImpl()).second)
      constants.push_back(tensor);
  };
  for_each_node(module, [&](const Node* node) {
    if (is_constant(node, AttributeKind::t)) add(node->t(c10::attr::value));
    if (!is_constant(node, AttributeKind::ival)) return;
    node->ival(c10::attr::value).visit([&](const c10::IValue& part) {
      if (part.isTensor()) add(part.toTensor());
      if (!part.isObject()) return false;
      if (!seen.insert(part.toObject().get()).second) return true;
      if (is_packed(part)) {
        for (const at::Tensor& tensor : packed_tensors(part)) constants.push_back(tensor);
      }
      return false;
    });
  });
  return constants;
}

std::optional<c10::Device> device_of(const Module& module) {
  std::vector<at::Tensor> tensors = constants_of(module);
  for (const Module& part : module.modules()) {
    for (const c10::IValue& slot : part._ivalue()->slots()) {
      for (const at::Tensor& tensor : tensors_of(slot)) tensors.push_back(tensor);
    }
  }
  for (const at::Tensor& tensor : tensors) {
    if (!tensor.is_cpu()) return tensor.device();
  }
  return {};
}

}  // namespace nx
