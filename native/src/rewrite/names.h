// Which layers of a model are meant.
#pragma once

#include <ATen/core/ivalue.h>
#include <torch/csrc/jit/ir/ir.h>

#include <string>
#include <vector>

namespace nx {

// A list of names, in which a `*` at the end stands for any rest. Each must be that of a layer.
class LayerNames {
 public:
  LayerNames(const c10::IValue& names, torch::jit::Graph& graph);
  LayerNames(const c10::IValue& names, const std::vector<std::string>& layers);

  bool contains(const std::string& layer) const;

 private:
  std::vector<std::string> names_;
};

}  // namespace nx
