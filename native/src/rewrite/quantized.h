// What every way to quantise needs: the engine, weights in 8 bits, and where packed weights live.
#pragma once

#include <ATen/core/ivalue.h>
#include <ATen/core/stack.h>
#include <c10/core/QEngine.h>
#include <c10/util/Exception.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/ir.h>

#include <map>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>

namespace nx {

// The engine of that name: "x86", "onednn", "fbgemm" or "qnnpack"; a Failure of
// NX_ERROR_UNSUPPORTED that names those that this libtorch and this CPU have.
at::QEngine quantized_engine(const std::string& name);

// The engine for products whose inputs are quantised by each call: the fastest that is here.
at::QEngine default_engine();

std::string engine_name(at::QEngine engine);

// Keeps libtorch from telling standard error that quantised tensors are deprecated, in this thread.
class QuietScope {
 public:
  QuietScope();

 private:
  std::optional<c10::WarningUtils::WarningHandlerGuard> guard_;
};

// libtorch packs weights for the engine that the whole process has set: when an operator packs
// them, when a file is loaded, and when a packed object is copied deeply. An EngineScope sets it
// for its lifetime and keeps everybody else from packing meanwhile; whoever packs for the engine
// that is set anyway holds what engine_in_use() returns. Never both in one thread. Running is not
// concerned: packed weights know their engine.
class EngineScope {
 public:
  explicit EngineScope(at::QEngine engine);
  ~EngineScope();
  EngineScope(const EngineScope&) = delete;
  EngineScope& operator=(const EngineScope&) = delete;

 private:
  QuietScope quiet_;
  std::unique_lock<std::shared_mutex> lock_;
  at::QEngine before_;
};

std::shared_lock<std::shared_mutex> engine_in_use();

// Within an EngineScope, packs the weights of linear layers whose inputs have a fixed range:
// oneDNN's products of integers that do not begin at zero take a thousand times longer, so that
// these layers have the engine x86 there.
class LinearEngineScope {
 public:
  LinearEngineScope();
  ~LinearEngineScope();
  LinearEngineScope(const LinearEngineScope&) = delete;
  LinearEngineScope& operator=(const LinearEngineScope&) = delete;

 private:
  at::QEngine before_;
};

// Whether what is multiplied by weights must be kept to 7 bits on this CPU for the engine's sums
// not to saturate.
bool needs_reduced_range(at::QEngine engine);

// Whether an operator is there, named for example "quantized::linear_dynamic".
bool has_operator(const std::string& name, const std::string& overload = "");

// A Failure of NX_ERROR_UNSUPPORTED of one line if it is not.
void require_operator(const std::string& name, const std::string& overload = "");

// Calls an operator through the dispatcher, all arguments given.
c10::IValue call_operator(const std::string& name, torch::jit::Stack arguments,
                          const std::string& overload = "");

// Whether a tensor is one that is quantised here: on the CPU, dense, float32, not empty, no NaN or
// infinity in it.
bool is_quantizable(const at::Tensor& weight);

// Symmetric int8 weights, as all engines want them: one scale for each slice of `axis`, or one for
// all. Contiguous, of any strides before.
at::Tensor quantize_weight(const at::Tensor& weight, bool per_channel, int64_t axis = 0);

// The bytes of a quantised tensor, scales and zero points included.
int64_t quantized_bytes(const at::Tensor& quantized);

// Objects with packed weights, as constants of a graph. The module keeps the name of the engine
// that they were packed for, since a file does not: loading packs them anew.
class PackedWeights {
 public:
  // To be used within an EngineScope.
  PackedWeights(torch::jit::Module& module, torch::jit::Graph& graph)
      : module_(module), graph_(graph) {}

  // The object as a value that is there everywhere in the graph. The same object is the same value.
  torch::jit::Value* add(const c10::IValue& packed);

 private:
  torch::jit::Module& module_;
  torch::jit::Graph& graph_;
  std::map<const void*, torch::jit::Value*> values_;
};

// Gives a copy the engine's name that the original has.
void keep_engine(const torch::jit::Module& from, torch::jit::Module& to);

// Packs the weights of a module that was loaded for the engine that they were saved with, where it
// is there and not the one that libtorch has used.
void restore_engine(const torch::jit::Module& loaded);

// The tensors in a packed object, as integers where they are quantised: for counting.
std::vector<at::Tensor> packed_tensors(const c10::IValue& packed);

// Whether a value is an object with packed weights, which nothing changes once it is made.
bool is_packed(const c10::IValue& value);

}  // namespace nx
