#include "typed_call.h"

#include <ATen/core/jit_type.h>

#include <algorithm>

namespace nx {
namespace {

using Unary = at::Tensor(const at::Tensor&);
using Binary = at::Tensor(const at::Tensor&, const at::Tensor&);
using Scaled = at::Tensor(const at::Tensor&, const at::Tensor&, const at::Scalar&);

class UnaryCall final : public TypedCall {
 public:
  explicit UnaryCall(const c10::OperatorHandle& op) : op_(op.typed<Unary>()) {}

  [[nodiscard]] int64_t count() const noexcept override { return 1; }

  [[nodiscard]] at::Tensor run(const at::Tensor& first,
                               const at::Tensor* /*second*/) const override {
    return op_.call(first);
  }

 private:
  c10::TypedOperatorHandle<Unary> op_;
};

class BinaryCall final : public TypedCall {
 public:
  explicit BinaryCall(const c10::OperatorHandle& op) : op_(op.typed<Binary>()) {}

  [[nodiscard]] int64_t count() const noexcept override { return 2; }

  [[nodiscard]] at::Tensor run(const at::Tensor& first, const at::Tensor* second) const override {
    return op_.call(first, *second);
  }

 private:
  c10::TypedOperatorHandle<Binary> op_;
};

// Such as add and sub, which take a factor that is left out.
class ScaledCall final : public TypedCall {
 public:
  explicit ScaledCall(const c10::OperatorHandle& op)
      : op_(op.typed<Scaled>()),
        factor_(op.schema().arguments()[2].default_value().value().toScalar()) {}

  [[nodiscard]] int64_t count() const noexcept override { return 2; }

  [[nodiscard]] at::Tensor run(const at::Tensor& first, const at::Tensor* second) const override {
    return op_.call(first, *second, factor_);
  }

 private:
  c10::TypedOperatorHandle<Scaled> op_;
  at::Scalar factor_;
};

bool is_plain_tensor(const c10::Argument& argument) {
  const bool is_written = argument.alias_info() != nullptr && argument.alias_info()->isWrite();
  return argument.real_type()->kind() == c10::TypeKind::TensorType && !is_written;
}

bool is_factor(const c10::Argument& argument) {
  return argument.real_type()->kind() == c10::TypeKind::NumberType &&
         argument.default_value().has_value();
}

}  // namespace

std::unique_ptr<const TypedCall> TypedCall::find(const c10::OperatorHandle& op) {
  const auto& parameters = op.schema().arguments();
  const auto& returns = op.schema().returns();
  // The C++ signatures of others' operators need not follow from their schemas.
  if (op.operator_name().getNamespace() != "aten") return nullptr;
  if (returns.size() != 1 || !is_plain_tensor(returns[0])) return nullptr;
  const auto tensors = std::find_if_not(parameters.begin(), parameters.end(), is_plain_tensor);
  const auto rest = parameters.end() - tensors;
  if (parameters.size() == 1 && rest == 0) return std::make_unique<UnaryCall>(op);
  if (parameters.size() == 2 && rest == 0) return std::make_unique<BinaryCall>(op);
  if (parameters.size() == 3 && rest == 1 && is_factor(*tensors))
    return std::make_unique<ScaledCall>(op);
  return nullptr;
}

}  // namespace nx
