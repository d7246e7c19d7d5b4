#include "split/graph_module.h"

namespace nx {

torch::jit::Module empty_module(const char* type_name) {
  torch::jit::Module module(c10::QualifiedName(std::string("__torch__.narthex.") + type_name),
                            std::make_shared<torch::jit::CompilationUnit>(),
                            /*shouldMangle=*/true);
  module.register_attribute("training", c10::BoolType::get(), false);
  return module;
}

void define_forward(
    const torch::jit::Module& module, const std::shared_ptr<torch::jit::Graph>& graph,
    const std::function<void(std::vector<c10::Argument>&, std::vector<c10::Argument>&)>& describe) {
  torch::jit::Function* function = module._ivalue()->compilation_unit()->create_function(
      c10::QualifiedName(*module.type()->name(), "forward"), graph);
  module.type()->addMethod(function);
  const c10::FunctionSchema& own = function->getSchema();
  std::vector<c10::Argument> arguments = own.arguments();
  std::vector<c10::Argument> returns = own.returns();
  describe(arguments, returns);
  arguments.front() = own.arguments().front();
  function->setSchema(c10::FunctionSchema("forward", "", std::move(arguments), std::move(returns)));
}

}  // namespace nx
