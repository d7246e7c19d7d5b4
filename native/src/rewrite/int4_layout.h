// The layout of packed int4 weights, which depends on the CPU that packed them.
#pragma once

#include <torch/csrc/jit/api/module.h>

namespace nx {

// Notes in a module for which CPUs its int4 weights were packed: for those like this one.
void note_int4_layout(torch::jit::Module& module);

// Gives a copy the note that the original has.
void keep_int4_layout(const torch::jit::Module& from, torch::jit::Module& to);

// A Failure of NX_ERROR_UNSUPPORTED if a module's int4 weights were packed for another kind of CPU:
// libtorch would compute wrong numbers with them.
void require_int4_layout(const torch::jit::Module& loaded);

}  // namespace nx
