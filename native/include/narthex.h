#ifndef NARTHEX_H
#define NARTHEX_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#define NX_NOEXCEPT noexcept
#else
#define NX_NOEXCEPT
#endif

#define NX_API __attribute__((visibility("default")))

#define NX_ABI_VERSION 1

/* The NX_ABI_VERSION that the library was built with. */
NX_API int32_t nx_abi_version(void) NX_NOEXCEPT;

/* The libtorch version that the library was built with, for example "2.15.0". Borrowed for the life
 * of the process. */
NX_API const char* nx_torch_version(void) NX_NOEXCEPT;

#ifdef __cplusplus
}
#endif
#endif
