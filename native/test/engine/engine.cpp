// Stands in for the runtime of Torch-TensorRT: a class and an operator of its names, whose engines
// multiply by a number.
#include <ATen/ATen.h>
#include <torch/custom_class.h>
#include <torch/library.h>

namespace {

struct Engine : torch::CustomClassHolder {
  explicit Engine(double factor) : factor(factor) {}
  double factor;
};

using EnginePtr = c10::intrusive_ptr<Engine>;

std::vector<at::Tensor> execute(const std::vector<at::Tensor>& inputs, const EnginePtr& engine) {
  std::vector<at::Tensor> outputs;
  outputs.reserve(inputs.size());
  for (const at::Tensor& input : inputs) outputs.push_back(input * engine->factor);
  return outputs;
}

std::tuple<std::tuple<std::string, double>> flatten(const EnginePtr& engine) {
  return {{"factor", engine->factor}};
}

}  // namespace

TORCH_LIBRARY(tensorrt, library) {
  library.class_<Engine>("Engine")
      .def(torch::init<double>())
      .def("__obj_flatten__", &flatten)
      .def_pickle([](const EnginePtr& engine) { return engine->factor; },
                  [](double factor) { return c10::make_intrusive<Engine>(factor); });
  library.def(
      "execute_engine(Tensor[] input_tensors, __torch__.torch.classes.tensorrt.Engine engine)"
      " -> Tensor[]");
  library.impl("execute_engine", c10::DispatchKey::CompositeExplicitAutograd, &execute);
}
