// Structured pruning: channels are removed, and weights become smaller.
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/tensor.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>
#include <torch/csrc/jit/passes/remove_dropout.h>
#include <torch/csrc/jit/passes/remove_mutation.h>
#include <torch/csrc/jit/passes/shape_analysis.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "error.h"
#include "rewrite/channel_flow.h"
#include "rewrite/frozen.h"
#include "rewrite/names.h"
#include "rewrite/rewrite.h"

namespace nx {
namespace {

using torch::jit::Graph;
using torch::jit::Module;
using torch::jit::Node;
using torch::jit::Value;

struct ChannelSettings {
  double amount;
  bool is_global;
  double norm;
  int64_t multiple;
};

// More of a group is never removed: a layer that passes nothing on is a model that knows nothing.
constexpr double kMost = 0.9;

// Channels that go together, and what each is worth.
struct Group {
  size_t space;
  std::vector<double> scores;
  int64_t removed = 0;

  int64_t width() const { return static_cast<int64_t>(scores.size()); }
};

std::string plain_kind(const Node* node) {
  const std::string kind = node->kind().toUnqualString();
  return kind.substr(kind.find_first_not_of('_'));
}

int64_t weight_bytes(const Node* node) {
  int64_t bytes = 0;
  for (const Value* input : node->inputs()) {
    if (const auto constant = constant_tensor(input))
      bytes += static_cast<int64_t>(constant->nbytes());
  }
  return bytes;
}

class Pruner {
 public:
  Pruner(Graph& graph, const ChannelSettings& settings)
      : graph_(graph), settings_(settings), flow_(graph) {}

  // The channels that these layers make, stay.
  void keep(const LayerNames& names) {
    for (const Cut& cut : flow_.cuts) {
      if (cut.role == Cut::Role::kMakes && names.contains(layer_of(cut.node)))
        flow_.spaces.fix(cut.segments, layer_of(cut.node) + " is kept");
    }
  }

  void run() {
    find_groups();
    choose();
    note_layers();
    for (const Cut& cut : flow_.cuts) apply(cut);
    for (const Depthwise& node : flow_.depthwise) apply(node);
    report();
  }

  std::vector<Change> changes;
  int64_t removed = 0;

 private:
  struct Layer {
    Node* node;
    int64_t bytes;
    std::string reason;  // why the channels that it makes stay; empty if they need not
  };

  void find_groups() {
    std::map<size_t, at::Tensor> scores;
    for (const Cut& cut : flow_.cuts) {
      if (cut.role != Cut::Role::kMakes) continue;
      const size_t space = flow_.spaces.root(cut.segments.front().space);
      if (!flow_.spaces.reason(space).empty()) continue;
      const at::Tensor weight = constant_tensor(cut.node->input(cut.input))->to(at::kFloat);
      const at::Tensor rows = weight.movedim(cut.axis, 0).flatten(1);
      const at::Tensor norms = at::linalg_vector_norm(rows, settings_.norm, {1}).to(at::kDouble);
      const auto [known, is_new] = scores.emplace(space, norms);
      if (!is_new) known->second = known->second.add(norms);
    }
    for (const auto& [space, sums] : scores) {
      const double* begin = sums.const_data_ptr<double>();
      groups_.push_back({space, {begin, begin + sums.numel()}});
    }
  }

  // How many channels of each group go.
  void choose() {
    if (settings_.is_global) {
      choose_globally();
    } else {
      for (Group& group : groups_)
        group.removed = std::llrint(settings_.amount * static_cast<double>(group.width()));
    }
    for (Group& group : groups_) {
      const auto most = static_cast<int64_t>(kMost * static_cast<double>(group.width()));
      const int64_t left = group.width() - std::min(group.removed, most);
      const int64_t rounded =
          (left + settings_.multiple - 1) / settings_.multiple * settings_.multiple;
      group.removed = group.width() - std::min(rounded, group.width());
      removed += group.removed;
      remember(group);
    }
  }

  // The channels that are worth least in comparison with the others of their group.
  void choose_globally() {
    std::vector<std::pair<double, size_t>> all;
    for (size_t i = 0; i < groups_.size(); ++i) {
      const Group& group = groups_[i];
      const double sum = std::accumulate(group.scores.begin(), group.scores.end(), 0.0);
      const double mean = sum > 0 ? sum / static_cast<double>(group.width()) : 1;
      for (const double score : group.scores) all.emplace_back(score / mean, i);
    }
    std::sort(all.begin(), all.end());
    auto left = std::llrint(settings_.amount * static_cast<double>(all.size()));
    for (const auto& [score, i] : all) {
      Group& group = groups_[i];
      const auto most = static_cast<int64_t>(kMost * static_cast<double>(group.width()));
      if (left == 0) break;
      if (group.removed == most) continue;
      ++group.removed;
      --left;
    }
  }

  // Those that stay, in their order.
  void remember(const Group& group) {
    if (group.removed == 0) return;
    std::vector<int64_t> order(group.scores.size());
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
      return std::pair(group.scores[static_cast<size_t>(a)], a) <
             std::pair(group.scores[static_cast<size_t>(b)], b);
    });
    order.erase(order.begin(), order.begin() + group.removed);
    std::sort(order.begin(), order.end());
    left_.emplace(group.space, std::move(order));
  }

  void note_layers() {
    for (const Cut& cut : flow_.cuts) {
      if (cut.role == Cut::Role::kMakes) {
        layers_.push_back(
            {cut.node, weight_bytes(cut.node), flow_.spaces.reason(cut.segments.front().space)});
      }
    }
  }

  void apply(const Cut& cut) {
    std::vector<int64_t> indices;
    int64_t begin = 0;
    bool is_cut = false;
    for (const Segment& segment : cut.segments) {
      const auto found = left_.find(flow_.spaces.root(segment.space));
      is_cut = is_cut || found != left_.end();
      for (int64_t i = 0; i < (found == left_.end() ? segment.width : std::ssize(found->second));
           ++i) {
        const int64_t channel = found == left_.end() ? i : found->second[static_cast<size_t>(i)];
        for (int64_t j = 0; j < cut.each; ++j) indices.push_back((begin + channel) * cut.each + j);
      }
      begin += segment.width;
    }
    if (is_cut) cut.node->replaceInput(cut.input, smaller(cut, indices));
  }

  // Weights that several layers share stay one constant.
  Value* smaller(const Cut& cut, const std::vector<int64_t>& indices) {
    Value* before = cut.node->input(cut.input);
    Value*& after = made_[{before, cut.axis, indices}];
    if (after == nullptr) {
      const torch::jit::WithInsertPoint here(graph_.block()->nodes().front());
      after = graph_.insertConstant(
          constant_tensor(before)->index_select(cut.axis, at::tensor(indices)).contiguous());
    }
    return after;
  }

  void apply(const Depthwise& layer) {
    const auto found = left_.find(flow_.spaces.root(layer.space));
    if (found == left_.end()) return;
    const torch::jit::WithInsertPoint here(layer.node);
    Value* groups = graph_.insertConstant(std::ssize(found->second));
    layer.node->replaceInputWith(layer.node->namedInput("groups"), groups);
  }

  void report() {
    for (const Layer& layer : layers_) {
      const int64_t bytes = weight_bytes(layer.node);
      const std::string kind = plain_kind(layer.node);
      if (bytes == layer.bytes && layer.reason.empty()) continue;
      changes.push_back({layer_of(layer.node), kind,
                         bytes < layer.bytes ? kind + " with fewer channels"
                                             : "itself: its channels stay, " + layer.reason,
                         layer.bytes, bytes});
    }
  }

  Graph& graph_;
  ChannelSettings settings_;
  ChannelFlow flow_;
  std::vector<Group> groups_;
  std::vector<Layer> layers_;
  std::map<size_t, std::vector<int64_t>> left_;  // by root: the channels that stay
  std::map<std::tuple<Value*, int64_t, std::vector<int64_t>>, Value*> made_;
};

ChannelSettings settings_of(const torch::jit::Stack& arguments) {
  const ChannelSettings settings{arguments.at(0).toDouble(), arguments.at(1).toBool(),
                                 arguments.at(2).toDouble(), arguments.at(3).toInt()};
  if (!(settings.amount > 0 && settings.amount < 1))
    invalid_argument("expected an amount above 0 and below 1");
  if (!(settings.norm > 0)) invalid_argument("expected a norm above 0");
  if (settings.multiple < 1) invalid_argument("expected a multiple of 1 or more");
  return settings;
}

Rewritten prune_channels(const Module& module, const torch::jit::Stack& arguments) {
  const ChannelSettings settings = settings_of(arguments);
  Rewritten result{frozen(module), {}};
  std::shared_ptr<Graph> graph = result.module.get_method("forward").graph();
  const LayerNames keep(arguments.at(4), *graph);
  torch::jit::removeDropout(graph);
  torch::jit::RemoveTensorMutation(graph);
  Pruner pruner(*graph, settings);
  pruner.keep(keep);
  pruner.run();
  if (pruner.removed == 0) {
    std::string message = "no channel can be removed";
    for (const Change& change : pruner.changes) {
      message += ": " + change.layer + " is left " + change.after;
      break;
    }
    throw Failure(NX_ERROR_UNSUPPORTED, message);
  }
  torch::jit::EliminateDeadCode(graph);
  torch::jit::EraseShapeInformation(graph);
  graph->lint();
  result.changes = std::move(pruner.changes);
  return result;
}

}  // namespace

const Rewrite kPruneChannels{
    "prune_channels(float amount, bool is_global, float norm, int multiple, str[] keep) -> ()",
    prune_channels};

}  // namespace nx
