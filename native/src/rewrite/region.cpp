#include "rewrite/region.h"

#include <c10/core/MemoryFormat.h>
#include <c10/core/ScalarType.h>

#include <algorithm>

namespace nx {

using torch::jit::NamedValue;
using torch::jit::Node;
using torch::jit::Value;

namespace {

// Where a value is there for the first time.
Node* after(torch::jit::Graph& graph, Value* value) {
  return value->node()->kind() == c10::prim::Param ? graph.block()->nodes().front()
                                                   : value->node()->next();
}

}  // namespace

Region::Region(std::shared_ptr<torch::jit::Graph> graph, Observations observations, int64_t levels)
    : graph_(std::move(graph)),
      aliases_(graph_),
      observations_(std::move(observations)),
      levels_(levels) {}

bool Region::is_written(Node* node) const {
  const auto written = [&](const Value* value) { return aliases_.hasWriters(value); };
  return std::any_of(node->inputs().begin(), node->inputs().end(), written) ||
         std::any_of(node->outputs().begin(), node->outputs().end(), written);
}

const Observed* Region::seen(const Value* value) const {
  const auto found = observations_.find(value);
  if (found == observations_.end()) return nullptr;
  const Observed& observed = found->second;
  return !observed.is_empty() && observed.is_float() && observed.is_finite() ? &observed : nullptr;
}

bool Region::is_finite(const Value* value) const {
  const auto found = observations_.find(value);
  return found == observations_.end() || found->second.is_finite();
}

std::optional<Quantized> Region::find(const Value* value) const {
  const auto found = integers_.find(value);
  if (found == integers_.end()) return {};
  return found->second;
}

Quantized Region::get(Value* value) {
  if (const auto found = find(value)) return *found;
  const Scale here = scale(value);
  Node* place = after(*graph_, value);
  const torch::jit::WithInsertPoint point(place);
  Value* integers =
      graph_->insert(c10::aten::quantize_per_tensor,
                     {value, here.scale, here.zero_point, static_cast<int64_t>(at::kQUInt8)});
  const Quantized result{channels_last(integers, seen(value)->rank()), here};
  integers_.emplace(value, result);
  return result;
}

// The layout that quantised convolutions compute in. Bytes are moved faster than floats.
Value* Region::channels_last(Value* value, int64_t rank) {
  if (rank != 4 && rank != 5) return value;
  const auto format = rank == 4 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::ChannelsLast3d;
  return graph_->insert(c10::aten::contiguous, {value},
                        {NamedValue("memory_format", static_cast<int64_t>(format))});
}

void Region::replace(Value* value, Value* integers, Scale scale) {
  integers_.insert_or_assign(value, Quantized{integers, scale});
  replaced_.push_back(value);
}

Value* Region::insert(Node* node, const char* kind, std::initializer_list<NamedValue> arguments) {
  const torch::jit::WithInsertPoint here(node);
  return graph_->insert(c10::Symbol::fromQualString(kind), arguments);
}

void Region::finish() {
  for (Value* value : replaced_) {
    const torch::jit::WithInsertPoint here(after(*graph_, find(value)->value));
    value->replaceAllUsesWith(graph_->insert(c10::aten::dequantize, {find(value)->value}));
  }
}

}  // namespace nx
