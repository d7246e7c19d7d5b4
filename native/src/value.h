// Translation between nx_value and libtorch's IValue.
#pragma once

#include <ATen/core/function_schema.h>
#include <ATen/core/ivalue.h>
#include <ATen/core/stack.h>

#include <functional>

#include "borrowed.h"
#include "error.h"

namespace nx {

// Translates the arguments of a call into a stack, in the types that the schema asks for, and
// checks them: each mistake names its parameter. Parameters left out, at the end or by NX_DEFAULT,
// take their defaults. `first` is the schema's index of the first argument (1 skips a method's
// self). Borrowed tensors are lent if a loan is given, else passed as they are.
void push_arguments(const c10::FunctionSchema& schema, size_t first, const nx_value* arguments,
                    int64_t count, Loan* loan, torch::jit::Stack& stack);

// Writes a result; what the caller must free is as narthex.h says.
void write_value(const c10::IValue& value, nx_value* out);

// Writes a tensor, which may be undefined, to a result that is none.
void write_tensor(at::Tensor tensor, nx_value* out);

// Frees what write_value made, the tensors too: for results that the caller never gets to see.
void discard_value(nx_value* value) noexcept;

// The tensors of a value, inside tuples, lists and dicts too, depth first.
std::vector<at::Tensor> tensors_of(const c10::IValue& value);

// A value in which each tensor is replaced by what `change` returns for it. Containers are made
// anew.
c10::IValue map_tensors(const c10::IValue& value,
                        const std::function<at::Tensor(const at::Tensor&)>& change);

// A dict from string to tensor, in the order given.
void write_tensor_dict(const std::vector<std::pair<std::string, at::Tensor>>& entries,
                       nx_value* out);

}  // namespace nx
