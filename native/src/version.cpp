#include <torch/version.h>

#include "narthex.h"

int32_t nx_abi_version() noexcept { return NX_ABI_VERSION; }

const char* nx_torch_version() noexcept { return TORCH_VERSION; }
