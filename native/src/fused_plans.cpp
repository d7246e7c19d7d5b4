#include "fused_plans.h"

#include <torch/csrc/jit/api/function_impl.h>

#include <algorithm>
#include <chrono>
#include <sstream>
#include <string_view>

#include "operator_times.h"

namespace nx {
namespace {

// Plans of one module; each holds 15 to 50 MB of a network with convolutions.
constexpr size_t kMostPlans = 32;

// The first call observes the inputs, the second one compiles for them.
constexpr int kCallsToCompile = 2;

// What of its inputs a plan depends on.
struct Key {
  const torch::jit::Function* function;
  int32_t threads;
  std::vector<int64_t> layout;

  bool operator==(const Key&) const = default;
};

void add_layout(const c10::IValue& value, std::vector<int64_t>& layout) {
  if (value.isTensor() && value.toTensor().defined() &&
      value.toTensor().layout() == c10::kStrided) {
    const at::Tensor& tensor = value.toTensor();
    layout.push_back(static_cast<int64_t>(tensor.scalar_type()));
    layout.push_back(tensor.dim());
    layout.insert(layout.end(), tensor.sizes().begin(), tensor.sizes().end());
    layout.insert(layout.end(), tensor.strides().begin(), tensor.strides().end());
  } else if (value.isTensorList()) {
    layout.push_back(-static_cast<int64_t>(value.toTensorList().size()));
    for (const at::Tensor& tensor : value.toTensorVector()) add_layout(tensor, layout);
  } else {
    layout.push_back(0);
  }
}

std::string text_of(const torch::jit::Stack& stack) {
  std::ostringstream text;
  for (size_t i = 1; i < stack.size(); ++i) {
    if (!stack[i].isTensor() || !stack[i].toTensor().defined()) continue;
    const at::Tensor& tensor = stack[i].toTensor();
    text << (text.tellp() > 0 ? ", " : "") << c10::getDtypeNames(tensor.scalar_type()).first
         << tensor.sizes();
  }
  return text.str();
}

bool computes(const torch::jit::Node* node) {
  const c10::FunctionSchema* schema = node->maybeSchema();
  if (schema == nullptr || node->kind().is_prim() || node->outputs().empty()) return false;
  // A view computes nothing, and neither does what returns no tensor: a size, for example.
  return node->output(0)->type()->isSubtypeOf(*c10::TensorType::get()) &&
         schema->returns().at(0).alias_info() == nullptr;
}

// The operators of a group, and how many of them: "2 linear+relu".
std::string text_of(const torch::jit::Graph& group) {
  std::vector<std::pair<std::string, int64_t>> counts;  // in the order of the first of a kind
  for (const torch::jit::Node* node : group.nodes()) {
    if (!computes(node)) continue;
    const std::string kind = node->kind().toUnqualString();
    const auto found = std::find_if(counts.begin(), counts.end(),
                                    [&](const auto& entry) { return entry.first == kind; });
    if (found == counts.end()) {
      counts.emplace_back(kind, 1);
    } else {
      ++found->second;
    }
  }
  std::string text;
  for (const auto& [kind, count] : counts) {
    if (!text.empty()) text += '+';
    if (count > 1) text += std::to_string(count) + ' ';
    text += kind;
  }
  return text;
}

// Counts what a plan compiled, and what not, and tells what its groups are, in their order.
void count_parts(const torch::jit::Block* block, FusedPlans::Compilation& compilation,
                 std::vector<std::string>& parts) {
  static const auto kGroup = c10::Symbol::fromQualString("prim::oneDNNFusionGroup");
  for (const torch::jit::Node* node : block->nodes()) {
    if (node->kind() == kGroup) {
      ++compilation.parts;
      const auto& group = *node->g(c10::attr::Subgraph);
      parts.push_back(text_of(group));
      compilation.compiled += std::count_if(group.nodes().begin(), group.nodes().end(), computes);
    } else if (computes(node)) {
      ++compilation.others[node->kind().toQualString()];
    }
    // The other branch of a group's guard is what runs for inputs of another shape.
    const bool is_guard =
        node->kind() == c10::prim::If &&
        node->input()->node()->kind().toUnqualString() == std::string_view("oneDNNFusionGuard");
    const size_t count = is_guard ? 1 : node->blocks().size();
    for (size_t i = 0; i < count; ++i) count_parts(node->blocks()[i], compilation, parts);
  }
}

}  // namespace

struct FusedPlans::Plan {
  Key key;
  torch::jit::GraphExecutor executor;
  std::mutex compiling;
  std::atomic<int> calls{0};
  double milliseconds = 0;
  std::vector<std::string> parts;  // not before it is compiled: what its kernels compute
};

std::shared_ptr<FusedPlans::Plan> FusedPlans::find(torch::jit::Function& function, int32_t threads,
                                                   const torch::jit::Stack& stack) {
  thread_local std::vector<int64_t> layout;  // kept for its capacity
  layout.clear();
  for (size_t i = 1; i < stack.size(); ++i) add_layout(stack[i], layout);
  const std::lock_guard<std::mutex> lock(mutex_);
  for (auto plan = plans_.begin(); plan != plans_.end(); ++plan) {
    const Key& key = (*plan)->key;
    if (key.function != &function || key.threads != threads || key.layout != layout) continue;
    plans_.splice(plans_.begin(), plans_, plan);
    return plans_.front();
  }
  if (plans_.size() >= kMostPlans) plans_.pop_back();
  auto plan = std::make_shared<Plan>();
  plan->key = {&function, threads, layout};
  plan->executor = torch::jit::GraphExecutor(
      torch::jit::toGraphFunction(function).optimized_graph(), function.name());
  plans_.push_front(plan);
  return plan;
}

void FusedPlans::run(torch::jit::Function& function, int32_t threads, torch::jit::Stack& stack) {
  const std::shared_ptr<Plan> plan = find(function, threads, stack);
  if (plan->calls.load(std::memory_order_acquire) >= kCallsToCompile) {
    const FusedParts running(plan->parts);
    plan->executor.run(stack);
    return;
  }
  const std::lock_guard<std::mutex> turn(plan->compiling);
  const std::string inputs = text_of(stack);
  const auto start = std::chrono::steady_clock::now();
  plan->executor.run(stack);
  const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
  plan->milliseconds += time.count();
  if (plan->calls.load(std::memory_order_relaxed) + 1 == kCallsToCompile) {
    Compilation compilation{inputs, threads, plan->milliseconds, 0, 0, {}};
    for (const auto& [_, made] : plan->executor.getDebugState().execution_plans)
      count_parts(made.graph->block(), compilation, plan->parts);
    const std::lock_guard<std::mutex> lock(mutex_);
    compilations_.push_back(std::move(compilation));
  }
  plan->calls.fetch_add(1, std::memory_order_release);
}

std::vector<FusedPlans::Compilation> FusedPlans::compilations() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return compilations_;
}

}  // namespace nx
