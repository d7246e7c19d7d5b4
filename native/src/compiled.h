// The forms of a module's methods that are made by running them.
#pragma once

#include "fused_plans.h"
#include "prepack/packed_methods.h"

namespace nx {

struct Compiled {
  FusedPlans fused;
  PackedMethods packed;
};

}  // namespace nx
