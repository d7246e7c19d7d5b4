#include "value.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <new>

#include "handles.h"
#include "types.h"

namespace nx {
namespace {

constexpr int kMaxDepth = 64;

const char* kind_name(int32_t kind) {
  switch (kind) {
    case NX_NONE:
      return "none";
    case NX_TENSOR:
      return "a tensor";
    case NX_INT:
      return "an integer";
    case NX_DOUBLE:
      return "a floating-point number";
    case NX_BOOL:
      return "a boolean";
    case NX_STRING:
      return "a string";
    case NX_LIST:
      return "a list";
    case NX_TUPLE:
      return "a tuple";
    case NX_DICT:
      return "a dict";
    case NX_INT_LIST:
      return "a list of integers";
    case NX_DTYPE:
      return "a dtype";
    case NX_DEVICE:
      return "a device";
    case NX_MEMORY_FORMAT:
      return "a memory format";
    case NX_DEFAULT:
      return "nothing";
    case NX_GENERATOR:
      return "a generator";
    default:
      return "a value of unknown kind";
  }
}

template <class T>
const T* pointer_of(const nx_value& value) {
  const auto* pointer = reinterpret_cast<const T*>(value.bits);
  require_length(pointer, value.length, kind_name(value.kind));
  return pointer;
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

// With the overload.
std::string name_of(const c10::FunctionSchema& schema) {
  return c10::toString(schema.operator_name());
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
    return name_of(schema_) + ": argument '" + parameter_->name() + "'";
  }

  [[noreturn]] void mismatch(const nx_value& value, const c10::TypePtr& type) const {
    const std::string expected = depth_ == 1 ? type_text(*parameter_) : type->repr_str();
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
        if (value.kind == NX_INT) return value.bits;
        if (value.kind == NX_DTYPE) return static_cast<int64_t>(to_scalar_type(value.bits));
        if (value.kind == NX_MEMORY_FORMAT)
          return static_cast<int64_t>(to_memory_format(value.bits));
        break;
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
        if (value.kind == NX_DEVICE) return to_device(value.bits, value.length);
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

  c10::IValue tensor(const nx_value& value) const {
    const at::Tensor& tensor =
        require(reinterpret_cast<const nx_tensor*>(value.bits), "tensor").tensor;
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
      invalid_argument(argument() + ": expected " + type->repr_str() + ", got a tuple of " +
                       std::to_string(value.length));
    }
    const auto* items = pointer_of<nx_value>(value);
    std::vector<c10::IValue> values;
    values.reserve(elements.size());
    for (size_t i = 0; i < elements.size(); ++i) values.push_back(read(items[i], elements[i]));
    return c10::ivalue::Tuple::create(std::move(values));
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

// calloc, not new: nx_value_clear must be able to free what any part of the shim made, and zeroed
// values are NX_NONE.
template <class T>
T* allocate(int64_t count) {
  auto* array =
      static_cast<T*>(std::calloc(static_cast<size_t>(std::max<int64_t>(count, 1)), sizeof(T)));
  if (array == nullptr) throw std::bad_alloc();
  return array;
}

// Makes `out` an array of NX_NONE values that the caller fills; whatever happens then,
// discard_value frees it.
nx_value* open_array(int32_t kind, int64_t length, int64_t slots, nx_value* out) {
  auto* items = allocate<nx_value>(slots);
  *out = {kind, 0, length, reinterpret_cast<int64_t>(items)};
  return items;
}

void write_string(const std::string& text, nx_value* out) {
  char* bytes = allocate<char>(static_cast<int64_t>(text.size()));
  std::memcpy(bytes, text.data(), text.size());
  *out = {NX_STRING, 0, static_cast<int64_t>(text.size()), reinterpret_cast<int64_t>(bytes)};
}

void write_tensor(const at::Tensor& tensor, nx_value* out) {
  if (!tensor.defined()) return;  // libtorch's "no tensor": NX_NONE
  const int64_t flags = is_borrowed(tensor) ? NX_VALUE_BORROWED : 0;
  *out = {NX_TENSOR, 0, flags, reinterpret_cast<int64_t>(new_handle(tensor))};
}

void write(const c10::IValue& value, nx_value* out) {
  if (value.isTensor()) {
    write_tensor(value.toTensor(), out);
  } else if (value.isInt()) {
    *out = {NX_INT, 0, 0, value.toInt()};
  } else if (value.isDouble()) {
    *out = {NX_DOUBLE, 0, 0, std::bit_cast<int64_t>(value.toDouble())};
  } else if (value.isBool()) {
    *out = {NX_BOOL, 0, 0, value.toBool() ? 1 : 0};
  } else if (value.isString()) {
    write_string(value.toStringRef(), out);
  } else if (value.isDevice()) {
    write_string(value.toDevice().str(), out);
  } else if (value.isList()) {
    const c10::ArrayRef<c10::IValue> items = value.toListRef();
    nx_value* slots = open_array(NX_LIST, static_cast<int64_t>(items.size()),
                                 static_cast<int64_t>(items.size()), out);
    for (const c10::IValue& item : items) write(item, slots++);
  } else if (value.isTuple()) {
    const auto& items = value.toTupleRef().elements();
    nx_value* slots = open_array(NX_TUPLE, static_cast<int64_t>(items.size()),
                                 static_cast<int64_t>(items.size()), out);
    for (const c10::IValue& item : items) write(item, slots++);
  } else if (value.isGenericDict()) {
    const c10::Dict<c10::IValue, c10::IValue> dict = value.toGenericDict();
    nx_value* slots = open_array(NX_DICT, static_cast<int64_t>(dict.size()),
                                 2 * static_cast<int64_t>(dict.size()), out);
    for (const auto& entry : dict) {
      write(entry.key(), slots++);
      write(entry.value(), slots++);
    }
  } else if (!value.isNone()) {
    throw Failure(NX_ERROR_UNSUPPORTED,
                  "a result of type " + value.type()->repr_str() + " can't be handed over");
  }
}

// Frees a value's arrays and bytes and, if asked to, its tensors.
void free_value(nx_value& value, bool tensors) noexcept {
  switch (value.kind) {
    case NX_TENSOR:
      if (tensors) nx_tensor_free(reinterpret_cast<nx_tensor*>(value.bits));
      break;
    case NX_STRING:
      std::free(reinterpret_cast<void*>(value.bits));
      break;
    case NX_LIST:
    case NX_TUPLE:
    case NX_DICT: {
      auto* items = reinterpret_cast<nx_value*>(value.bits);
      const int64_t slots = value.kind == NX_DICT ? 2 * value.length : value.length;
      for (int64_t i = 0; i < slots; ++i) free_value(items[i], tensors);
      std::free(items);
      break;
    }
    default:
      break;
  }
  value = {};
}

}  // namespace

void push_arguments(const c10::FunctionSchema& schema, size_t first, const nx_value* arguments,
                    int64_t count, Loan* loan, torch::jit::Stack& stack) {
  require_length(arguments, count, "arguments");
  const auto& parameters = schema.arguments();
  const size_t expected = parameters.size() - first;
  if (static_cast<size_t>(count) > expected) {
    invalid_argument(name_of(schema) + " takes " + std::to_string(expected) +
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
      invalid_argument(name_of(schema) + ": argument '" + parameter.name() + "' (" +
                       type_text(parameter) + ") is missing; expected " + std::to_string(expected) +
                       ", got " +
                       std::to_string(std::count_if(arguments, arguments + count, is_given)));
    }
  }
}

std::string type_text(const c10::Argument& parameter) {
  std::string text = parameter.real_type()->repr_str();
  const auto rename = [&text](std::string_view from, std::string_view to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
      text.replace(at, from.size(), to);
  };
  rename("SymInt", "int");
  rename("ScalarType", "dtype");
  return text;
}

void write_value(const c10::IValue& value, nx_value* out) {
  *out = {};
  try {
    write(value, out);
  } catch (...) {
    free_value(*out, true);
    throw;
  }
}

std::vector<at::Tensor> tensors_of(const c10::IValue& value) {
  std::vector<at::Tensor> tensors;
  map_tensors(value, [&](const at::Tensor& tensor) {
    tensors.push_back(tensor);
    return tensor;
  });
  return tensors;
}

c10::IValue map_tensors(const c10::IValue& value,
                        const std::function<at::Tensor(const at::Tensor&)>& change) {
  if (value.isTensor() && value.toTensor().defined()) return change(value.toTensor());
  if (value.isTuple()) {
    std::vector<c10::IValue> items;
    for (const c10::IValue& item : value.toTupleRef().elements())
      items.push_back(map_tensors(item, change));
    return c10::ivalue::Tuple::createNamed(std::move(items), value.type());
  }
  if (value.isList()) {
    const c10::List<c10::IValue> source = value.toList();
    c10::impl::GenericList items(source.elementType());
    for (const c10::IValue& item : source.vec()) items.push_back(map_tensors(item, change));
    return items;
  }
  if (value.isGenericDict()) {
    const auto source = value.toGenericDict();
    c10::impl::GenericDict items(source.keyType(), source.valueType());
    for (const auto& entry : source) items.insert(entry.key(), map_tensors(entry.value(), change));
    return items;
  }
  return value;
}

void discard_value(nx_value* value) noexcept { free_value(*value, true); }

void write_tensor_dict(const std::vector<std::pair<std::string, at::Tensor>>& entries,
                       nx_value* out) {
  c10::impl::GenericDict dict(c10::StringType::get(), c10::TensorType::get());
  for (const auto& [name, tensor] : entries) dict.insert_or_assign(name, tensor);
  write_value(dict, out);
}

}  // namespace nx

void nx_value_clear(nx_value* values, int64_t count) noexcept {
  for (int64_t i = 0; i < count; ++i) nx::free_value(values[i], false);
}
