// Models split by layers.
#include "support.h"

using namespace test;

namespace {

struct Parts {
  std::vector<Module> stages;
  std::vector<double> parts;
};

nx_error* split(const Module& module, std::vector<nx_module*>& out, std::vector<double>& parts,
                const std::vector<nx_value>* arguments) {
  const std::vector<double> shares(out.size(), 1);
  parts.resize(out.size());
  const nx_run_options how = options();
  return nx_module_split(module.get(), shares.data(), static_cast<int64_t>(out.size()), &how,
                         arguments == nullptr ? nullptr : arguments->data(),
                         arguments == nullptr ? -1 : static_cast<int64_t>(arguments->size()),
                         nullptr, nullptr, nullptr, nullptr, out.data(), parts.data());
}

Parts split(const Module& module, size_t count, const std::vector<nx_value>* arguments = nullptr) {
  std::vector<nx_module*> out(count);
  Parts result;
  succeeds(split(module, out, result.parts, arguments));
  for (nx_module* stage : out) result.stages.emplace_back(stage);
  return result;
}

void stages_compute_what_the_model_does() {
  const Module module = load("convnet");
  const Tensor image = tensor({2, 3, 32, 32}, ramp(2 * 3 * 32 * 32));
  nx_module* out = nullptr;
  succeeds(nx_module_freeze(module.get(), &out));
  const Module frozen(out);
  const std::vector<float> expected = read(call(frozen, {of(image)}).tensor());
  const std::vector<nx_value> arguments{of(image)};
  for (const auto* timed_on : {static_cast<const std::vector<nx_value>*>(nullptr), &arguments}) {
    const Parts three = split(module, 3, timed_on);
    const Tensor first = call(three.stages[0], {of(image)}).take();
    const Tensor second = call(three.stages[1], {of(first)}).take();
    const std::vector<float> got = read(call(three.stages[2], {of(second)}).tensor());
    CHECK(got == expected);
    CHECK(std::fabs(three.parts[0] + three.parts[1] + three.parts[2] - 1) < 1e-9);
  }
}

void what_can_not_be_split_is_an_error() {
  std::vector<double> parts;
  std::vector<nx_module*> too_many(100);
  contains(fails(NX_ERROR_INVALID_ARGUMENT, split(load("mlp"), too_many, parts, nullptr)),
           "expected from 1 to 3 stages");
  for (const nx_module* stage : too_many) CHECK(stage == nullptr);
  std::vector<nx_module*> two(2);
  contains(fails(NX_ERROR_UNSUPPORTED, split(load("counts"), two, parts, nullptr)), "own state");
  const Tensor wrong = tensor({2, 9}, ramp(18));
  const std::vector<nx_value> arguments{of(wrong)};
  fails(NX_ERROR_OPERATOR, split(load("mlp"), two, parts, &arguments));
}

}  // namespace

int main() {
  RUN(stages_compute_what_the_model_does);
  RUN(what_can_not_be_split_is_an_error);
}
