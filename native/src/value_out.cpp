// Results: libtorch's values made into nx_values, and those freed.
#include <ATen/core/jit_type.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <new>

#include "handles.h"
#include "value.h"
#include "value_names.h"

namespace nx {
namespace {

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
    const auto type = value.type()->cast<c10::TupleType>();
    if (type->schema() != nullptr) {
      nx_value* slots = open_array(NX_NAMED_TUPLE, static_cast<int64_t>(items.size()),
                                   2 * static_cast<int64_t>(items.size()), out);
      for (size_t i = 0; i < items.size(); ++i) {
        write_string(type->schema()->arguments()[i].name(), slots++);
        write(items[i], slots++);
      }
      return;
    }
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
    throw Failure(
        NX_ERROR_UNSUPPORTED,
        "a result of type " + type_text(value.type()) +
            " can't be handed over: it is no tensor, number, string, list, tuple or dict");
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
    case NX_DICT:
    case NX_NAMED_TUPLE: {
      auto* items = reinterpret_cast<nx_value*>(value.bits);
      const bool pairs = value.kind == NX_DICT || value.kind == NX_NAMED_TUPLE;
      const int64_t slots = pairs ? 2 * value.length : value.length;
      for (int64_t i = 0; i < slots; ++i) free_value(items[i], tensors);
      std::free(items);
      break;
    }
    default:
      break;
  }
  value = {};
}

// Each run of a session asks for the tensors of its result: no type of a tuple is made for it.
void collect(const c10::IValue& value, std::vector<at::Tensor>& tensors) {
  if (value.isTensor()) {
    if (value.toTensor().defined()) tensors.push_back(value.toTensor());
  } else if (value.isTuple()) {
    for (const c10::IValue& item : value.toTupleRef().elements()) collect(item, tensors);
  } else if (value.isList()) {
    for (const c10::IValue& item : value.toListRef()) collect(item, tensors);
  } else if (value.isGenericDict()) {
    for (const auto& entry : value.toGenericDict()) collect(entry.value(), tensors);
  }
}

}  // namespace

void write_tensor(at::Tensor tensor, nx_value* out) {
  if (!tensor.defined()) return;  // libtorch's "no tensor": NX_NONE
  const int64_t flags = is_borrowed(tensor) ? NX_VALUE_BORROWED : 0;
  *out = {NX_TENSOR, 0, flags, reinterpret_cast<int64_t>(new_handle(std::move(tensor)))};
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
  collect(value, tensors);
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
