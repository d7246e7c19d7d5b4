/*
 * An accelerator without a GPU, for tests: libnarthex_pretend.so, once opened, is libtorch's device
 * `privateuseone`.
 *
 * It has two devices of 256 MiB each, streams that are threads, events, pinned memory, a caching
 * allocator and graphs, with CUDA's rules. Every operator runs on a stream and computes what the
 * CPU would. What is not waited for has not been done: a delay before each task makes that certain
 * enough to test for.
 *
 * These functions may be called from any thread.
 */
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PRETEND_API __attribute__((visibility("default")))

/* How long each task of a device (an operator, a copy, the replay of a graph) waits before it
 * starts; 0 at first. */
PRETEND_API void pretend_set_delay_micros(int64_t micros);
PRETEND_API int64_t pretend_delay_micros(void);

/* Kinds of tasks, to be added up. */
enum {
  PRETEND_FROM_HOST = 1, /* copies from the host */
  PRETEND_TO_HOST = 2,
  PRETEND_BETWEEN_DEVICES = 4,
  PRETEND_OTHERS = 8 /* what is no copy from one device to another */
};

/*
 * Holds tasks of these kinds, and what comes after them on their streams, when they would start,
 * until they are named no more; 0 (as at first) lets all of them go.
 */
PRETEND_API void pretend_hold(int kinds);

/* How many tasks are held now, one of a stream at most. */
PRETEND_API int64_t pretend_held(void);

/* How many tasks have run so far, on all streams. Each of a graph's counts whenever it is replayed.
 */
PRETEND_API int64_t pretend_tasks(void);

/*
 * Fills device memory with this byte when it is freed, in the order of its stream, as a later user
 * of the memory would; negative: does not (as at first). 0xff makes NaNs of floating-point numbers.
 */
PRETEND_API void pretend_fill_freed(int byte);

/* Whether libtorch finds NVTX, as its part for CUDA brings it; it does not at first. */
PRETEND_API void pretend_offer_nvtx(int offer);

/* How many ranges NVTX was told of since the start, and how many of them have not ended. */
PRETEND_API int64_t pretend_nvtx_ranges(void);
PRETEND_API int64_t pretend_open_nvtx_ranges(void);

#ifdef __cplusplus
}
#endif
