// Rewrites: changes to a module's code that make it faster or smaller, each by a name.
#pragma once

#include <ATen/core/stack.h>
#include <torch/csrc/jit/api/module.h>

#include <string>
#include <vector>

namespace nx {

// What became of one layer.
struct Change {
  std::string layer;
  std::string before;  // for example "aten::linear, float32"
  std::string after;
  int64_t bytes_before;
  int64_t bytes_after;
};

struct Rewritten {
  torch::jit::Module module;
  std::vector<Change> changes;
};

// One rewrite. `arguments` are as the schema says; the module is a copy of the caller's that nobody
// else has, in evaluation mode.
struct Rewrite {
  const char* schema;
  Rewritten (*apply)(const torch::jit::Module& module, const torch::jit::Stack& arguments);
};

// In the order in which they make sense together.
extern const Rewrite kPrune;
extern const Rewrite kRemovePruning;
extern const Rewrite kFoldBatchNorm;
extern const Rewrite kPruneChannels;
extern const Rewrite kDynamicQuantize;
extern const Rewrite kQuantizeWeights;
extern const Rewrite kQuantizeEmbeddings;
extern const Rewrite kMixedPrecision;
extern const Rewrite kObserveValues;
extern const Rewrite kStaticQuantize;

}  // namespace nx
