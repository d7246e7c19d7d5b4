#include "split/cuts.h"

#include <torch/csrc/jit/ir/alias_analysis.h>

#include <algorithm>
#include <array>

#include "error.h"

namespace nx {
namespace {

using torch::jit::AliasDb;
using torch::jit::Block;
using torch::jit::Node;
using torch::jit::Value;

// What a call can take and return. No devices: the next part may be on another one.
bool can_be_handed_over(const c10::TypePtr& type) {
  switch (type->kind()) {
    case c10::TypeKind::TensorType:
    case c10::TypeKind::IntType:
    case c10::TypeKind::FloatType:
    case c10::TypeKind::BoolType:
    case c10::TypeKind::NumberType:
    case c10::TypeKind::StringType:
    case c10::TypeKind::NoneType:
      return true;
    case c10::TypeKind::OptionalType:
    case c10::TypeKind::ListType:
    case c10::TypeKind::TupleType:
    case c10::TypeKind::DictType: {
      const auto held = type->containedTypes();
      return std::all_of(held.begin(), held.end(), can_be_handed_over);
    }
    default:
      return false;
  }
}

bool holds_tensors(const c10::TypePtr& type) {
  const auto held = type->containedTypes();
  return type->kind() == c10::TypeKind::TensorType ||
         std::any_of(held.begin(), held.end(), holds_tensors);
}

// Nodes without a schema that take containers, or make them, and write to nothing.
bool is_packing(const Node* node) {
  constexpr std::array kKinds{c10::prim::ListConstruct, c10::prim::TupleConstruct,
                              c10::prim::DictConstruct, c10::prim::ListUnpack,
                              c10::prim::TupleUnpack,   c10::prim::TupleIndex};
  return std::find(kKinds.begin(), kKinds.end(), node->kind()) != kKinds.end();
}

bool may_write(const Node* node) {
  if (is_packing(node)) return false;
  const auto* schema = node->maybeSchema();
  return !node->blocks().empty() || schema == nullptr || schema->is_mutable();
}

bool writes_to(const AliasDb& aliases, Node* node, Value* value) {
  if (aliases.writesToAlias(node, {value})) return true;
  // To what a container holds.
  if (value->type()->kind() == c10::TypeKind::TensorType || !holds_tensors(value->type()))
    return false;
  return std::any_of(node->inputs().begin(), node->inputs().end(),
                     [&](Value* input) { return aliases.mayContainAlias(input, value); });
}

}  // namespace

Cuts::Cuts(const torch::jit::Module& frozen)
    : module_(frozen), graph_(frozen.get_method("forward").graph()) {
  find_nodes();
  find_lives();
}

void Cuts::find_nodes() {
  const AliasDb aliases(graph_);
  given_.insert(graph_->inputs()[0]);  // the module
  for (Node* node : graph_->block()->nodes()) {
    const auto all_given = std::all_of(node->inputs().begin(), node->inputs().end(),
                                       [&](const Value* input) { return is_given(input); });
    const bool is_container =
        node->kind() == c10::prim::ListConstruct || node->kind() == c10::prim::TupleConstruct;
    if (node->kind() == c10::prim::Constant || (node->kind() == c10::prim::GetAttr && all_given) ||
        (is_container && all_given && !aliases.hasWriters(node->output()))) {
      given_.insert(node->output());
    } else {
      places_.emplace(node, nodes_.size());
      nodes_.push_back(node);
    }
  }
  for (const torch::jit::Use& use : graph_->inputs()[0]->uses()) {
    if (use.user->kind() != c10::prim::GetAttr || use.user->owningBlock() != graph_->block())
      throw Failure(NX_ERROR_UNSUPPORTED, "the model's code uses the model itself (" +
                                              std::string(use.user->kind().toQualString()) +
                                              "), which can't be split");
  }
  std::vector<Node*> writers;
  std::copy_if(nodes_.begin(), nodes_.end(), std::back_inserter(writers), may_write);
  const auto note_writes = [&](Value* value) {
    const bool is_tensor = value->type()->kind() == c10::TypeKind::TensorType;
    if (!aliases.hasWriters(value) && (is_tensor || !holds_tensors(value->type()))) return;
    const auto last = std::find_if(writers.rbegin(), writers.rend(),
                                   [&](Node* node) { return writes_to(aliases, node, value); });
    if (last != writers.rend()) last_writes_.emplace(value, places_.at(*last));
  };
  for (Value* input : graph_->inputs().slice(1)) note_writes(input);
  for (Node* node : nodes_) {
    for (Value* output : node->outputs()) note_writes(output);
  }
}

// The place of the last node that takes a value; `size()` if it is returned.
size_t Cuts::last_use(const Value* value) const {
  size_t last = 0;
  for (const torch::jit::Use& use : value->uses()) {
    const Node* user = use.user;
    while (user->owningBlock() != graph_->block()) user = user->owningBlock()->owningNode();
    const auto place = places_.find(user);
    last = std::max(last, place == places_.end() ? size() : place->second);
  }
  return last;
}

void Cuts::find_lives() {
  alive_.resize(size() + 1);
  const auto add = [&](Value* value, size_t first_cut) {
    if (value->uses().empty()) return;
    const size_t last = std::min(last_use(value), size() - 1);
    for (size_t cut = first_cut; cut <= last; ++cut) alive_[cut].push_back(value);
  };
  if (size() > 0) {
    for (Value* input : graph_->inputs().slice(1)) add(input, 1);
    for (size_t i = 0; i < size(); ++i) {
      for (Value* output : nodes_[i]->outputs()) add(output, i + 1);
    }
  }
  alive_.front() = graph_->inputs().slice(1).vec();
  alive_.back() = graph_->outputs().vec();
}

bool Cuts::is_possible(size_t cut) const {
  const std::vector<Value*>& values = alive_[cut];
  return !values.empty() && std::all_of(values.begin(), values.end(), [&](const Value* value) {
    const auto written = last_writes_.find(value);
    return can_be_handed_over(value->type()) &&
           (written == last_writes_.end() || written->second < cut);
  });
}

std::optional<c10::IValue> Cuts::attribute(const Value* value) const {
  if (value == graph_->inputs()[0]) return module_._ivalue();
  const Node* node = value->node();
  if (node->kind() != c10::prim::GetAttr) return {};
  const auto owner = attribute(node->input());
  if (!owner || !owner->isObject()) return {};
  return owner->toObject()->getAttr(node->s(c10::attr::name));
}

}  // namespace nx
