// An operator on a stream: computed by the CPU's kernel, on the device's memory.
#pragma once

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>

#include <vector>

namespace pretend {

// Enqueues the operator on the current stream of the device. Results that are new tensors are
// copied to these ones, which are of the device and have the right sizes; the others are not looked
// at.
void enqueue(const c10::OperatorHandle& op, const std::vector<c10::IValue>& arguments,
             const std::vector<c10::IValue>& results, c10::DeviceIndex device);

// Waits for the current stream, computes the operator, and returns what the CPU's kernel returned.
std::vector<c10::IValue> compute_now(const c10::OperatorHandle& op,
                                     const std::vector<c10::IValue>& arguments,
                                     c10::DeviceIndex device);

// The result is written to, and so is one of the arguments.
bool is_written(const c10::Argument& argument);

}  // namespace pretend
