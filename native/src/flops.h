// Floating-point operations of products and convolutions.
#pragma once

#include <ATen/core/ivalue.h>

#include <string_view>
#include <vector>

namespace nx {

// Of one call of an operator such as "aten::conv2d", by the sizes of its inputs (empty for what is
// no tensor) and their values (none for what is a tensor, or not known). A multiplication and the
// addition that follows are two. 0 if not known, or none worth counting.
int64_t flops_of(std::string_view name, const std::vector<std::vector<int64_t>>& sizes,
                 c10::ArrayRef<c10::IValue> values);

}  // namespace nx
