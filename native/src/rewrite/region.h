// The part of a graph that computes with 8-bit integers, while it grows.
#pragma once

#include <torch/csrc/jit/ir/alias_analysis.h>
#include <torch/csrc/jit/ir/ir.h>

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "rewrite/observer.h"

namespace nx {

// A value of quint8 that stands for one of float32.
struct Quantized {
  torch::jit::Value* value;
  Scale scale;
};

// What was observed, by value.
using Observations = std::unordered_map<const torch::jit::Value*, Observed>;

class Region {
 public:
  Region(std::shared_ptr<torch::jit::Graph> graph, Observations observations, int64_t levels);

  torch::jit::Graph& graph() { return *graph_; }

  // Whether something in the graph writes to what the node takes or makes.
  bool is_written(torch::jit::Node* node) const;

  // What was seen of a value; nullptr if nothing was that scales can be made of.
  const Observed* seen(const torch::jit::Value* value) const;
  // Whether nothing infinite or NaN was seen of it.
  bool is_finite(const torch::jit::Value* value) const;
  Scale scale(const torch::jit::Value* value) const { return seen(value)->scale(levels_); }

  // A value as integers, if it is there so.
  std::optional<Quantized> find(const torch::jit::Value* value) const;

  // A value as integers, made from the float if it is not there; it must have been seen.
  Quantized get(torch::jit::Value* value);

  // From now on these integers stand for the value, which is not computed in float any more.
  void replace(torch::jit::Value* value, torch::jit::Value* integers, Scale scale);

  // A call before `node`, by the overload that takes such arguments.
  torch::jit::Value* insert(torch::jit::Node* node, const char* kind,
                            std::initializer_list<torch::jit::NamedValue> arguments);

  // What is left of float takes its inputs from the integers that replaced them.
  void finish();

 private:
  torch::jit::Value* channels_last(torch::jit::Value* value, int64_t rank);

  std::shared_ptr<torch::jit::Graph> graph_;
  torch::jit::AliasDb aliases_;
  Observations observations_;
  int64_t levels_;
  std::unordered_map<const torch::jit::Value*, Quantized> integers_;
  std::vector<torch::jit::Value*> replaced_;
};

}  // namespace nx
