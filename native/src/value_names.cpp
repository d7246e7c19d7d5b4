#include "value_names.h"

#include "narthex.h"

namespace nx {

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
    case NX_NAMED_TUPLE:
      return "a named tuple";
    default:
      return "a value of unknown kind";
  }
}

std::string operator_name(const c10::FunctionSchema& schema) {
  return c10::toString(schema.operator_name());
}

std::string type_text(const c10::TypePtr& type) {
  std::string text = type->repr_str();
  // libtorch tells classes of the same name apart by an address, which tells people nothing.
  constexpr std::string_view kUnit = " (of Python compilation unit at: ";
  for (auto at = text.find(kUnit); at != std::string::npos; at = text.find(kUnit, at))
    text.erase(at, text.find(')', at) + 1 - at);
  return text;
}

std::string type_text(const c10::Argument& parameter) {
  std::string text = type_text(parameter.real_type());
  const auto rename = [&text](std::string_view from, std::string_view to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
      text.replace(at, from.size(), to);
  };
  rename("SymInt", "int");
  rename("ScalarType", "dtype");
  return text;
}

}  // namespace nx
