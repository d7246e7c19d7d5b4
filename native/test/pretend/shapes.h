// What an operator will return, without computing it.
#pragma once

#include <ATen/core/dispatch/Dispatcher.h>

#include <optional>
#include <vector>

namespace pretend {

struct Shapes {
  // The arguments after the call: results that were given may have been resized.
  std::vector<c10::IValue> arguments;
  std::vector<c10::IValue> results;
};

// Tensors of these are not of the device, and their values mean nothing. Nothing is returned where
// it depends on the values of the arguments, or where the call is wrong; throws if the call is
// wrong and certain to be so.
std::optional<Shapes> shapes_of(const c10::OperatorHandle& op,
                                const std::vector<c10::IValue>& arguments);

}  // namespace pretend
