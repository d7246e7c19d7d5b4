// What messages call values, their types, and operators.
#pragma once

#include <ATen/core/function_schema.h>
#include <ATen/core/jit_type.h>

#include <string>

namespace nx {

// Of a kind of nx_value: "a list".
const char* kind_name(int32_t kind);

// Of a type, as TorchScript writes it.
std::string type_text(const c10::TypePtr& type);
// The same of a parameter, as people write it: "int" also where libtorch has a symbolic one.
std::string type_text(const c10::Argument& parameter);

// With the overload.
std::string operator_name(const c10::FunctionSchema& schema);

}  // namespace nx
