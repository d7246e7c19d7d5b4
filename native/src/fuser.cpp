#include "fuser.h"

#include <torch/csrc/jit/codegen/onednn/interface.h>
#include <torch/csrc/jit/passes/pass_manager.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/runtime/profiling_graph_executor_impl.h>

#include <mutex>

#include "error.h"

namespace nx {
namespace {

thread_local bool fuse_this_thread = false;

void prepare_once() {
  static std::once_flag once;
  std::call_once(once, [] {
    torch::jit::registerPrePass([](std::shared_ptr<torch::jit::Graph>& graph) {
      if (fuse_this_thread) torch::jit::fuser::onednn::fuseGraph(graph);
    });
    // After so many specialised shapes the rest of a model stays unfused for good; libtorch's own
    // number is smaller.
    torch::jit::FusionStrategy strategy{{torch::jit::FusionBehavior::STATIC, 30},
                                        {torch::jit::FusionBehavior::DYNAMIC, 0}};
    torch::jit::setFusionStrategy(strategy);
  });
}

}  // namespace

Fuser to_fuser(int32_t code) {
  if (code < 0 || code > static_cast<int32_t>(Fuser::kPrepacked))
    invalid_argument("unknown fuser code " + std::to_string(code));
  return static_cast<Fuser>(code);
}

FuserScope::FuserScope(bool fuse) : before_(fuse_this_thread) {
  prepare_once();  // also where nothing is fused: the list of passes must not change while others
                   // compile
  fuse_this_thread = fuse;
}

FuserScope::~FuserScope() { fuse_this_thread = before_; }

}  // namespace nx
