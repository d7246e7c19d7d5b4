#include <cstring>

#include "check.h"
#include "narthex.h"

int main() {
  CHECK(nx_abi_version() == NX_ABI_VERSION);
  CHECK(std::strlen(nx_torch_version()) > 0);
}
