// Where a frozen model's code can be cut in two, and what is alive there.
#pragma once

#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/ir.h>

#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace nx {

// The code of a frozen module as a row of nodes, with a cut before each and one at the end: cut 0
// is where the inputs come in, cut `size()` where the outputs are. Constants, and lists of them,
// are no nodes of the row: whoever needs them takes a copy.
class Cuts {
 public:
  explicit Cuts(const torch::jit::Module& frozen);

  const torch::jit::Module& module() const { return module_; }
  const torch::jit::Graph& graph() const { return *graph_; }
  size_t size() const { return nodes_.size(); }
  torch::jit::Node* node(size_t index) const { return nodes_[index]; }

  // What is there before a cut and needed after it, in the order in which it is made; at cut 0 all
  // inputs, at the end the outputs.
  const std::vector<torch::jit::Value*>& alive(size_t cut) const { return alive_[cut]; }

  // Whether the two sides can be apart: what is alive can be handed over as a value, and nothing
  // after the cut writes to it, which the other side would not see.
  bool is_possible(size_t cut) const;

  // The attribute of the module that a value reads; none if it is another node's.
  std::optional<c10::IValue> attribute(const torch::jit::Value* value) const;

  // Whether a value is a constant, a list of them, or an attribute.
  bool is_given(const torch::jit::Value* value) const { return given_.count(value) > 0; }

 private:
  void find_nodes();
  void find_lives();
  size_t last_use(const torch::jit::Value* value) const;

  torch::jit::Module module_;
  std::shared_ptr<torch::jit::Graph> graph_;
  std::vector<torch::jit::Node*> nodes_;
  std::unordered_map<const torch::jit::Node*, size_t> places_;
  std::unordered_set<const torch::jit::Value*> given_;
  std::vector<std::vector<torch::jit::Value*>> alive_;
  std::unordered_map<const torch::jit::Value*, size_t> last_writes_;  // of those that are written
};

}  // namespace nx
