// Frozen modules whose layers still know their names.
#pragma once

#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/ir.h>

#include <optional>
#include <string>
#include <vector>

namespace nx {

// A frozen copy, as libtorch makes it: weights are constants of `forward`, which is one graph.
// Nodes that take weights remember the layer these came from, also through later copies in this
// process. Masks of pruning become permanent, in the module that is given, too.
torch::jit::Module freeze_named(const torch::jit::Module& module);

// Whether a module has nothing but code and constants.
bool is_frozen(const torch::jit::Module& module);

// The module itself if it is frozen already, or else a frozen copy. Layers of a module that was
// frozen before it was saved have no names any more: they get "conv2d_0", "conv2d_1", "linear_0".
torch::jit::Module frozen(const torch::jit::Module& module);

// The name of the layer whose weights this node takes; "" if it takes none.
std::string layer_of(torch::jit::Node* node);

// Gives a node that replaces another one its name.
void name_like(torch::jit::Node* node, torch::jit::Node* replaced);

// The tensor that a value always is; none if it is computed.
std::optional<at::Tensor> constant_tensor(const torch::jit::Value* value);

// The tensors that a value always is: one, those of a list such as the weights of a recurrent
// layer, or none.
std::vector<at::Tensor> constant_tensors(const torch::jit::Value* value);

// What is not computed: a number, a list of them, a string; none if it is computed, or a tensor.
std::optional<c10::IValue> constant_value(const torch::jit::Value* value);

// Whether a value is the number one, whatever type of number: a factor that changes nothing.
bool is_one(const torch::jit::Value* value);

// Whether a value is a tensor, whatever is known about its shape.
bool is_tensor(const torch::jit::Value* value);

}  // namespace nx
