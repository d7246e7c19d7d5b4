// A model split by layers: consecutive parts of its code, each a module.
#include <torch/csrc/jit/runtime/interpreter.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "call.h"
#include "compute.h"
#include "device.h"
#include "handles.h"
#include "module_copy.h"
#include "rewrite/frozen.h"
#include "split/balance.h"
#include "split/cuts.h"
#include "split/stage.h"
#include "stream.h"
#include "value.h"

namespace nx {
namespace {

using torch::jit::Module;
using torch::jit::Stack;
using torch::jit::Value;

constexpr int kTimedRuns = 5;

torch::jit::Module frozen_for_split(const nx_module* module) {
  if (require(module, "module").state->is_stateful(module->module)) {
    throw Failure(NX_ERROR_UNSUPPORTED,
                  "the model changes its own state, and such a model can't be split");
  }
  const std::lock_guard<std::mutex> lock(copy_mutex());
  return frozen(copy_of(module));
}

// Each node as a stage, which tells its weights and can be run alone.
std::vector<Module> single_nodes(const Cuts& cuts) {
  std::vector<Module> nodes;
  nodes.reserve(cuts.size());
  for (size_t i = 0; i < cuts.size(); ++i) nodes.push_back(make_stage(cuts, i, i + 1));
  return nodes;
}

std::vector<double> weights_of(const std::vector<Module>& nodes) {
  std::vector<double> bytes;
  bytes.reserve(nodes.size());
  for (const Module& node : nodes) bytes.push_back(static_cast<double>(stage_bytes(node)));
  const bool has_some = std::accumulate(bytes.begin(), bytes.end(), 0.0) > 0;
  return has_some ? bytes : std::vector<double>(nodes.size(), 1);
}

void finish_work_on(const c10::IValue& value) {
  for (const at::Tensor& tensor : tensors_of(value)) {
    if (tensor.defined() && !tensor.is_cpu())
      guard_of(tensor.device()).getStream(tensor.device()).synchronize();
  }
}

// Runs a model node by node.
class NodeTimer {
 public:
  NodeTimer(const Cuts& cuts, const std::vector<Module>& nodes) : cuts_(cuts), nodes_(nodes) {
    for (const Module& node : nodes)
      codes_.emplace_back(node.get_method("forward").graph(), "forward");
    seconds_.assign(nodes.size(), std::numeric_limits<double>::infinity());
  }

  void run(const Stack& arguments) {
    Values values;
    for (size_t i = 1; i < arguments.size(); ++i) {
      values[cuts_.graph().inputs()[i]] =
          map_tensors(arguments[i], [](const at::Tensor& tensor) { return tensor.clone(); });
    }
    for (size_t i = 0; i < nodes_.size(); ++i) {
      Stack stack{nodes_[i]._ivalue()};
      for (const Value* value : cuts_.alive(i)) stack.push_back(values.at(value));
      const auto began = std::chrono::steady_clock::now();
      torch::jit::InterpreterState(codes_[i]).run(stack);
      finish_work_on(stack.back());
      const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - began;
      seconds_[i] = std::min(seconds_[i], taken.count());
      values = named(cuts_.alive(i + 1), stack.back());
    }
  }

  // The quickest run of each.
  const std::vector<double>& seconds() const { return seconds_; }

 private:
  using Values = std::unordered_map<const Value*, c10::IValue>;

  static Values named(const std::vector<Value*>& names, const c10::IValue& result) {
    Values values;
    if (names.size() == 1 && names[0]->type()->kind() != c10::TypeKind::TupleType) {
      values[names[0]] = result;
    } else if (result.isTuple() && result.toTupleRef().elements().size() == names.size()) {
      for (size_t i = 0; i < names.size(); ++i)
        values[names[i]] = result.toTupleRef().elements()[i];
    }
    return values;
  }

  const Cuts& cuts_;
  const std::vector<Module>& nodes_;
  std::vector<torch::jit::Code> codes_;
  std::vector<double> seconds_;
};

std::vector<double> times_of(const Cuts& cuts, const std::vector<Module>& nodes,
                             const nx_run_options& options, const nx_value* arguments,
                             int64_t count) {
  NodeTimer timer(cuts, nodes);
  Loan loan(options.grad_mode);
  const auto& schema = cuts.module().get_method("forward").function().getSchema();
  Stack stack = make_stack(cuts.module(), schema, arguments, count, loan);
  compute(options.threads, [&] {
    const StreamScope stream(to_stream(options.stream));
    stream.take(stack);
    const CallScope modes(options.grad_mode);
    for (int i = 0; i < kTimedRuns; ++i) timer.run(stack);
  });
  stack.clear();
  loan.settle();
  return timer.seconds();
}

std::vector<double> shares_of(const double* shares, int64_t count) {
  require_length(shares, count, "shares");
  std::vector<double> result(shares, shares + count);
  for (const double share : result) {
    if (!(share > 0) || !std::isfinite(share)) {
      invalid_argument("expected shares that are numbers greater than 0, got " +
                       std::to_string(share));
    }
  }
  return result;
}

class Splitter {
 public:
  Splitter(const nx_module* module, const double* shares, int64_t stages)
      : shares_(shares_of(shares, stages)),
        cuts_(frozen_for_split(module)),
        nodes_(single_nodes(cuts_)),
        loads_(weights_of(nodes_)) {
    for (size_t cut = 1; cut < cuts_.size(); ++cut) {
      if (cuts_.is_possible(cut)) possible_.push_back({cut, cuts_.alive(cut).size()});
    }
    if (shares_.empty() || shares_.size() > possible_.size() + 1) {
      invalid_argument("expected from 1 to " + std::to_string(possible_.size() + 1) +
                       " stages, as the model's code can be cut, got " +
                       std::to_string(shares_.size()));
    }
  }

  // Goes by the times of a call.
  void time(const nx_run_options& options, const nx_value* arguments, int64_t count) {
    loads_ = times_of(cuts_, nodes_, options, arguments, count);
  }

  void make(nx_module** out, double* parts) const {
    std::vector<size_t> ends = balanced(loads_, possible_, shares_);
    ends.push_back(cuts_.size());
    std::vector<Module> stages;
    const double all = load(0, cuts_.size());
    for (size_t i = 0, begin = 0; i < ends.size(); begin = ends[i++]) {
      stages.push_back(make_stage(cuts_, begin, ends[i]));
      parts[i] = all > 0 ? load(begin, ends[i]) / all : 1 / static_cast<double>(ends.size());
    }
    for (size_t i = 0; i < stages.size(); ++i) out[i] = new_module(std::move(stages[i]));
  }

 private:
  double load(size_t begin, size_t end) const {
    const auto at = [&](size_t place) {
      return loads_.begin() + static_cast<std::ptrdiff_t>(place);
    };
    return std::accumulate(at(begin), at(end), 0.0);
  }

  std::vector<double> shares_;
  Cuts cuts_;
  std::vector<Module> nodes_;
  std::vector<double> loads_;
  std::vector<PossibleCut> possible_;
};

}  // namespace
}  // namespace nx

nx_error* nx_module_split(const nx_module* module, const double* shares, int64_t stages,
                          const nx_run_options* options, const nx_value* arguments, int64_t count,
                          const void* /*keep_1*/, const void* /*keep_2*/, const void* /*keep_3*/,
                          const void* /*keep_4*/, nx_module** out, double* parts) noexcept {
  for (int64_t i = 0; i < stages; ++i) out[i] = nullptr;
  const nx::ModuleScope scope;
  std::optional<nx::Splitter> splitter;
  nx_error* error =
      nx::guard([&] { splitter.emplace(module, shares, stages); }, NX_ERROR_UNSUPPORTED);
  if (error == nullptr && count >= 0) {
    error = nx::guard([&] { splitter->time(nx::require(options, "options"), arguments, count); });
  }
  if (error != nullptr) return error;
  error = nx::guard([&] { splitter->make(out, parts); }, NX_ERROR_UNSUPPORTED);
  for (int64_t i = 0; error != nullptr && i < stages; ++i) {
    nx_module_free(out[i]);
    out[i] = nullptr;
  }
  return error;
}
