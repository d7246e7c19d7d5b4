// Where channels come from, what they pass through, and what takes them, in a frozen graph.
#pragma once

#include <torch/csrc/jit/ir/ir.h>

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "rewrite/channels.h"

namespace nx {

// A constant that has a part for each channel, along an axis.
struct Cut {
  enum class Role { kMakes, kPasses, kTakes };

  torch::jit::Node* node;
  size_t input;  // of the node: the constant
  int64_t axis;
  std::vector<Segment> segments;
  int64_t each;  // how many elements in a row belong to a channel
  Role role;
};

// A depthwise convolution, which has as many groups as channels.
struct Depthwise {
  torch::jit::Node* node;
  size_t space;
};

class ChannelFlow {
 public:
  // Without mutation of tensors, all weights constant.
  explicit ChannelFlow(torch::jit::Graph& graph);

  Spaces spaces;
  std::vector<Cut> cuts;
  std::vector<Depthwise> depthwise;

 private:
  using Node = torch::jit::Node;
  using Value = torch::jit::Value;

  void visit(Node* node);
  bool convolve(Node* node);
  bool multiply(Node* node);
  bool normalize(Node* node);
  bool combine(Node* node);
  bool join(Node* node);
  bool pool(Node* node);
  bool reduce(Node* node);
  bool reshape(Node* node);
  bool move(Node* node);
  bool measure(Node* node);

  // The channels of a value, nullptr if it has none that are known.
  const Channels* channels(const Value* value) const;
  void pass(Node* node, const Channels& channels) { values_[node->output()] = channels; }
  void fix_inputs(const Node* node, const std::string& reason);
  void fix_inside(torch::jit::Block* block);

  // Whether an input of a node is a constant that these channels can be cut out of; it is noted.
  bool cut(Node* node, size_t input, int64_t axis, const Channels& channels, Cut::Role role);
  // The same of one that may be left out.
  bool cut_optional(Node* node, size_t input, const Channels& channels, Cut::Role role);
  // The channels that a layer makes: new ones, or those that the same weights made before.
  Channels make(const at::Tensor& weight, int64_t axis, int64_t dim, int64_t rank);
  // Notes which channels weights take, which are the same wherever these weights are used.
  void take(const at::Tensor& weight, int64_t axis, const Channels& channels);

  std::unordered_map<const Value*, Channels> values_;
  std::map<std::pair<const void*, int64_t>, std::vector<Segment>> by_weight_;
};

}  // namespace nx
