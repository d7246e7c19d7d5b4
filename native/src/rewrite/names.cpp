#include "rewrite/names.h"

#include <algorithm>

#include "error.h"
#include "nodes.h"
#include "rewrite/frozen.h"

namespace nx {
namespace {

bool matches(const std::string& pattern, const std::string& layer) {
  if (pattern.empty() || pattern.back() != '*') return pattern == layer;
  return layer.compare(0, pattern.size() - 1, pattern, 0, pattern.size() - 1) == 0;
}

std::vector<std::string> layers_of(torch::jit::Graph& graph) {
  std::vector<std::string> layers;
  for_each_node(graph.block(), [&](torch::jit::Node* node) {
    const std::string layer = layer_of(node);
    if (!layer.empty() && std::find(layers.begin(), layers.end(), layer) == layers.end())
      layers.push_back(layer);
  });
  return layers;
}

}  // namespace

LayerNames::LayerNames(const c10::IValue& names, torch::jit::Graph& graph)
    : LayerNames(names, layers_of(graph)) {}

LayerNames::LayerNames(const c10::IValue& names, const std::vector<std::string>& known) {
  for (const c10::IValue& item : names.toListRef()) {
    const std::string& name = item.toStringRef();
    const bool is_there = std::any_of(
        known.begin(), known.end(), [&](const std::string& layer) { return matches(name, layer); });
    if (!is_there) {
      std::string message = "the model has no layer '" + name + "', it has: ";
      constexpr size_t kShown = 20;
      for (size_t i = 0; i < std::min(known.size(), kShown); ++i)
        message += (i > 0 ? ", " : "") + known[i];
      if (known.size() > kShown)
        message += " and " + std::to_string(known.size() - kShown) + " more";
      invalid_argument(message);
    }
    names_.push_back(name);
  }
}

bool LayerNames::contains(const std::string& layer) const {
  return std::any_of(names_.begin(), names_.end(),
                     [&](const std::string& name) { return matches(name, layer); });
}

}  // namespace nx
