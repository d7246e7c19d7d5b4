// The entry point of all rewrites.
#include "rewrite/rewrite.h"

#include <torch/csrc/jit/frontend/function_schema_parser.h>

#include <array>

#include "handles.h"
#include "module_copy.h"
#include "value.h"

namespace nx {
namespace {

constexpr std::array kRewrites{
    &kPrune,           &kRemovePruning,   &kFoldBatchNorm,  &kPruneChannels, &kQuantizeEmbeddings,
    &kDynamicQuantize, &kQuantizeWeights, &kMixedPrecision, &kObserveValues, &kStaticQuantize};

const Rewrite& find(const std::string& name, c10::FunctionSchema& schema) {
  for (const Rewrite* rewrite : kRewrites) {
    schema = torch::jit::parseSchema(rewrite->schema);
    if (schema.name() == name) return *rewrite;
  }
  invalid_argument("there is no rewrite '" + name + "'");
}

c10::IValue report(const std::vector<Change>& changes) {
  std::vector<c10::IValue> rows;
  rows.reserve(changes.size());
  for (const Change& change : changes) {
    rows.emplace_back(c10::ivalue::Tuple::create(
        {change.layer, change.before, change.after, change.bytes_before, change.bytes_after}));
  }
  return c10::ivalue::Tuple::create(std::move(rows));
}

}  // namespace
}  // namespace nx

nx_error* nx_module_rewrite(const nx_module* module, const char* name, const nx_value* arguments,
                            int64_t count, nx_module** out, nx_value* changes) noexcept {
  *changes = {};
  return nx::copy(out, [&] {
    c10::FunctionSchema schema("", "", {}, {});
    const nx::Rewrite& rewrite = nx::find(nx::text(name, "name"), schema);
    torch::jit::Stack stack;
    nx::push_arguments(schema, 0, arguments, count, nullptr, stack);
    nx::Rewritten result = rewrite.apply(nx::copy_of(module), stack);
    nx::write_value(nx::report(result.changes), changes);
    return result.module;
  });
}
