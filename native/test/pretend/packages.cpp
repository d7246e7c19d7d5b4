// Runs AOTInductor's packages that are compiled for the devices, as libtorch's runner for CUDA
// does.
#include <torch/csrc/inductor/aoti_runner/model_container_runner.h>

#include "streams.h"

namespace pretend {
namespace {

class Runner final : public torch::inductor::AOTIModelContainerRunner {
 public:
  Runner(const std::string& library, size_t models, const std::string& device,
         const std::string& folder, bool single_threaded)
      : AOTIModelContainerRunner(library, models, device, folder, single_threaded) {}

  // The compiled code is told its stream: the current one.
  std::vector<at::Tensor> run_impl(std::vector<AtenTensorHandle>& inputs, void* stream) override {
    return AOTIModelContainerRunner::run_impl(
        inputs, stream == nullptr ? &current_queue(current_device()) : stream);
  }
};

const torch::inductor::RegisterAOTIModelRunner registered(
    "privateuseone",
    [](const std::string& library, size_t models, const std::string& device,
       const std::string& folder,
       bool single_threaded) -> std::unique_ptr<torch::inductor::AOTIModelContainerRunner> {
      return std::make_unique<Runner>(library, models, device, folder, single_threaded);
    });

}  // namespace
}  // namespace pretend
