#include "rewrite/int4_layout.h"

#include <ATen/Version.h>

#include "error.h"

namespace nx {
namespace {

constexpr const char* kAttribute = "int4_layout";

}  // namespace

void note_int4_layout(torch::jit::Module& module) {
  if (!module.hasattr(kAttribute))
    module.register_attribute(kAttribute, c10::StringType::get(), at::get_cpu_capability());
}

void keep_int4_layout(const torch::jit::Module& from, torch::jit::Module& to) {
  if (from.hasattr(kAttribute) && !to.hasattr(kAttribute))
    to.register_attribute(kAttribute, c10::StringType::get(), from.attr(kAttribute));
}

void require_int4_layout(const torch::jit::Module& loaded) {
  if (!loaded.hasattr(kAttribute) || !loaded.attr(kAttribute).isString()) return;
  const std::string packed = loaded.attr(kAttribute).toStringRef();
  if (packed == at::get_cpu_capability()) return;
  throw Failure(NX_ERROR_UNSUPPORTED, "the model's int4 weights are packed for a CPU with " +
                                          packed + ", and libtorch uses " +
                                          at::get_cpu_capability() + " here");
}

}  // namespace nx
