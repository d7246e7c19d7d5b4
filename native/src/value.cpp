// Arguments: nx_values made into what a schema asks for.
#include "value.h"

#include <algorithm>
#include <bit>

#include "device.h"
#include "handles.h"
#include "types.h"
#include "value_names.h"

namespace nx {
namespace {

constexpr int kMaxDepth = 64;

template <class T>
const T* pointer_of(const nx_value& value) {
  const auto* pointer = reinterpret_cast<const T*>(value.bits);
  require_length(pointer, value.length, kind_name(value.kind));
  return pointer;
}

// The kind of what an optional type holds, or of any other type.
c10::TypeKind kind_of(const c10::TypePtr& type) {
  const auto* optional = type->castRaw<c10::OptionalType>();
  return optional == nullptr ? type->kind() : kind_of(optional->getElementType());
}

bool is_int(const c10::TypePtr& type) {
  return type->kind() == c10::TypeKind::IntType || type->kind() == c10::TypeKind::SymIntType;
}

bool is_int_list(const c10::TypePtr& type) {
  if (const auto* optional = type->castRaw<c10::OptionalType>())
    return is_int_list(optional->getElementType());
  const auto* list = type->castRaw<c10::ListType>();
  return list != nullptr && is_int(list->getElementType());
}

// Reads the arguments of one call.
class Reader {
 public:
  Reader(const c10::FunctionSchema& schema, Loan* loan) : schema_(schema), loan_(loan) {}

  c10::IValue read(const nx_value& value, const c10::Argument& parameter) {
    parameter_ = &parameter;
    depth_ = 0;
    // An integer where a fixed-size list is asked for ("int[2] stride") stands for all its
    // elements.
    if (value.kind == NX_INT && parameter.N() && is_int_list(parameter.type())) {
      return std::vector<int64_t>(static_cast<size_t>(*parameter.N()), value.bits);
    }
    return read(value, parameter.type());
  }

 private:
  std::string argument() const {
    return operator_name(schema_) + ": argument '" + parameter_->name() + "'";
  }

  [[noreturn]] void mismatch(const nx_value& value, const c10::TypePtr& type) const {
    const std::string expected = depth_ == 1 ? type_text(*parameter_) : type_text(type);
    invalid_argument(argument() + ": expected " + expected + ", got " + kind_name(value.kind));
  }

  c10::IValue read(const nx_value& value, const c10::TypePtr& type) {
    if (++depth_ > kMaxDepth) invalid_argument(argument() + " is nested too deeply");
    c10::IValue result = read_as(value, type);
    --depth_;
    return result;
  }

  c10::IValue read_as(const nx_value& value, const c10::TypePtr& type) {
    switch (type->kind()) {
      case c10::TypeKind::OptionalType:
        if (value.kind == NX_NONE) return {};
        return read_as(value, type->castRaw<c10::OptionalType>()->getElementType());
      case c10::TypeKind::TensorType:
        if (value.kind == NX_TENSOR) return tensor(value);
        break;
      case c10::TypeKind::IntType:
      case c10::TypeKind::SymIntType:
        return integer(value, type);
      case c10::TypeKind::FloatType:
        if (value.kind == NX_DOUBLE) return std::bit_cast<double>(value.bits);
        if (value.kind == NX_INT) return static_cast<double>(value.bits);
        break;
      case c10::TypeKind::NumberType:
        if (value.kind == NX_DOUBLE) return std::bit_cast<double>(value.bits);
        if (value.kind == NX_INT) return value.bits;
        if (value.kind == NX_BOOL) return value.bits != 0;
        break;
      case c10::TypeKind::BoolType:
        if (value.kind == NX_BOOL) return value.bits != 0;
        break;
      case c10::TypeKind::StringType:
        if (value.kind == NX_STRING) return string(value);
        break;
      case c10::TypeKind::DeviceObjType:
        if (value.kind == NX_DEVICE) return usable_device(value.bits, value.length);
        break;
      case c10::TypeKind::GeneratorType:
        if (value.kind == NX_GENERATOR) return generator(value);
        break;
      case c10::TypeKind::NoneType:
        if (value.kind == NX_NONE) return {};
        break;
      case c10::TypeKind::ListType:
        return list(value, type);
      case c10::TypeKind::TupleType:
        if (value.kind == NX_TUPLE) return tuple(value, type);
        if (value.kind == NX_NAMED_TUPLE) return named_tuple(value, type);
        break;
      case c10::TypeKind::DictType:
        if (value.kind == NX_DICT) return dict(value, type);
        break;
      case c10::TypeKind::AnyType:
        return untyped(value);
      default:
        break;
    }
    mismatch(value, type);
  }

  // To libtorch a dtype, a layout and a memory format are integers that it trusts: another number
  // would be read beyond the end of its tables.
  c10::IValue integer(const nx_value& value, const c10::TypePtr& type) const {
    switch (depth_ == 1 ? kind_of(parameter_->real_type()) : type->kind()) {
      case c10::TypeKind::ScalarTypeType:
        if (value.kind == NX_DTYPE) return static_cast<int64_t>(to_scalar_type(value.bits));
        break;
      case c10::TypeKind::MemoryFormatType:
        if (value.kind == NX_MEMORY_FORMAT)
          return static_cast<int64_t>(to_memory_format(value.bits));
        break;
      case c10::TypeKind::LayoutType:
        if (value.kind == NX_INT && value.bits >= 0 &&
            value.bits < static_cast<int64_t>(at::Layout::NumOptions))
          return value.bits;
        break;
      default:
        if (value.kind == NX_INT) return value.bits;
        // A method of a model's may take a dtype: its own schema knows it as an integer.
        if (value.kind == NX_DTYPE) return static_cast<int64_t>(to_scalar_type(value.bits));
        if (value.kind == NX_MEMORY_FORMAT)
          return static_cast<int64_t>(to_memory_format(value.bits));
    }
    mismatch(value, type);
  }

  c10::IValue tensor(const nx_value& value) const {
    const at::Tensor& tensor = tensor_of(reinterpret_cast<const nx_tensor*>(value.bits), "tensor");
    return loan_ == nullptr ? tensor : loan_->lend(tensor);
  }

  static at::Generator generator(const nx_value& value) {
    return require(reinterpret_cast<const nx_generator*>(value.bits), "generator").generator;
  }

  static std::string string(const nx_value& value) {
    const char* bytes = pointer_of<char>(value);
    return {bytes, static_cast<size_t>(value.length)};
  }

  c10::IValue list(const nx_value& value, const c10::TypePtr& type) {
    const c10::TypePtr& element = type->castRaw<c10::ListType>()->getElementType();
    if (value.kind == NX_INT_LIST) {
      if (!is_int(element)) mismatch(value, type);
      const auto* items = pointer_of<int64_t>(value);
      return std::vector<int64_t>(items, items + value.length);
    }
    if (value.kind != NX_LIST) mismatch(value, type);
    // Elements of symbolic integers are plain ones here: libtorch reads them as either.
    c10::impl::GenericList list(element->kind() == c10::TypeKind::SymIntType ? c10::IntType::get()
                                                                             : element);
    const auto* items = pointer_of<nx_value>(value);
    list.reserve(static_cast<size_t>(value.length));
    for (int64_t i = 0; i < value.length; ++i) list.push_back(read(items[i], element));
    return list;
  }

  c10::IValue tuple(const nx_value& value, const c10::TypePtr& type) {
    const auto& elements = type->castRaw<c10::TupleType>()->elements();
    if (static_cast<size_t>(value.length) != elements.size()) {
      invalid_argument(argument() + ": expected " + type_text(type) + ", got a tuple of " +
                       std::to_string(value.length));
    }
    const auto* items = pointer_of<nx_value>(value);
    std::vector<c10::IValue> values;
    values.reserve(elements.size());
    for (size_t i = 0; i < elements.size(); ++i) values.push_back(read(items[i], elements[i]));
    return c10::ivalue::Tuple::createNamed(std::move(values), type->cast<c10::TupleType>());
  }

  // Its fields may come in any order, as keyword arguments do.
  c10::IValue named_tuple(const nx_value& value, const c10::TypePtr& type) {
    const auto* tuple_type = type->castRaw<c10::TupleType>();
    if (tuple_type->schema() == nullptr) mismatch(value, type);
    const auto* items = reinterpret_cast<const nx_value*>(value.bits);
    require_length(items, value.length, "a named tuple");
    std::vector<c10::IValue> values(tuple_type->elements().size());
    std::vector<bool> given(values.size());
    for (int64_t i = 0; i < value.length; ++i) {
      if (items[2 * i].kind != NX_STRING) mismatch(value, type);
      const std::string name = string(items[2 * i]);
      const auto index = tuple_type->schema()->argumentIndexWithName(name);
      if (!index) field_failure(type, "no field", name);
      const auto at = static_cast<size_t>(*index);
      if (given[at]) field_failure(type, "twice the field", name);
      given[at] = true;
      values[at] = read(items[2 * i + 1], tuple_type->elements()[at]);
    }
    for (size_t i = 0; i < values.size(); ++i) {
      if (!given[i])
        field_failure(type, "no value for the field", tuple_type->schema()->arguments()[i].name());
    }
    return c10::ivalue::Tuple::createNamed(std::move(values), type->cast<c10::TupleType>());
  }

  [[noreturn]] void field_failure(const c10::TypePtr& type, const char* what,
                                  const std::string& name) const {
    invalid_argument(argument() + ": " + what + " '" + name + "' of " + type_text(type));
  }

  c10::IValue dict(const nx_value& value, const c10::TypePtr& type) {
    const auto* dict_type = type->castRaw<c10::DictType>();
    c10::impl::GenericDict dict(dict_type->getKeyType(), dict_type->getValueType());
    const auto* items = reinterpret_cast<const nx_value*>(value.bits);
    require_length(items, value.length, "a dict");
    for (int64_t i = 0; i < value.length; ++i) {
      dict.insert_or_assign(read(items[2 * i], dict_type->getKeyType()),
                            read(items[2 * i + 1], dict_type->getValueType()));
    }
    return dict;
  }

  // A parameter of type Any: the value's own kind decides.
  c10::IValue untyped(const nx_value& value) const {
    switch (value.kind) {
      case NX_NONE:
        return {};
      case NX_TENSOR:
        return tensor(value);
      case NX_INT:
        return value.bits;
      case NX_DOUBLE:
        return std::bit_cast<double>(value.bits);
      case NX_BOOL:
        return value.bits != 0;
      case NX_STRING:
        return string(value);
      default:
        mismatch(value, c10::AnyType::get());
    }
  }

  const c10::FunctionSchema& schema_;
  Loan* loan_;
  const c10::Argument* parameter_ = nullptr;
  int depth_ = 0;
};

}  // namespace

void push_arguments(const c10::FunctionSchema& schema, size_t first, const nx_value* arguments,
                    int64_t count, Loan* loan, torch::jit::Stack& stack) {
  require_length(arguments, count, "arguments");
  const auto& parameters = schema.arguments();
  const size_t expected = parameters.size() - first;
  if (static_cast<size_t>(count) > expected) {
    invalid_argument(operator_name(schema) + " takes " + std::to_string(expected) +
                     (expected == 1 ? " argument" : " arguments") + ", got " +
                     std::to_string(count));
  }
  Reader reader(schema, loan);
  stack.reserve(stack.size() + expected);
  for (size_t i = 0; i < expected; ++i) {
    const c10::Argument& parameter = parameters[first + i];
    const bool given = i < static_cast<size_t>(count) && arguments[i].kind != NX_DEFAULT;
    if (given) {
      stack.push_back(reader.read(arguments[i], parameter));
    } else if (parameter.default_value()) {
      stack.push_back(*parameter.default_value());
    } else {
      const auto is_given = [](const nx_value& value) { return value.kind != NX_DEFAULT; };
      invalid_argument(operator_name(schema) + ": argument '" + parameter.name() + "' (" +
                       type_text(parameter) + ") is missing; expected " + std::to_string(expected) +
                       ", got " +
                       std::to_string(std::count_if(arguments, arguments + count, is_given)));
    }
  }
}

}  // namespace nx
