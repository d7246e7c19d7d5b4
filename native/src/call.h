// A module's method, called: arguments adapted, modes set, results adapted back.
#pragma once

#include <torch/csrc/jit/api/module.h>

#include "compiled.h"
#include "module_state.h"
#include "narthex.h"
#include "value.h"

namespace nx {

// Runs the method on a stack that holds self and the arguments, in the modes and with the
// conversions of `options`, in place or on the compute thread, and returns its result. The device
// that the model is on is the current one meanwhile. The stack is left empty.
c10::IValue call_method(torch::jit::Function& function, Compiled& compiled, ModuleState& state,
                        const nx_run_options& options, torch::jit::Stack& stack);

// self and the arguments, checked against the method's schema.
torch::jit::Stack make_stack(const torch::jit::Module& module, const c10::FunctionSchema& schema,
                             const nx_value* arguments, int64_t count, Loan& loan);

// The method; a failure that names those there are where it is missing.
torch::jit::Method find_method(const torch::jit::Module& module, const char* name);

}  // namespace nx
