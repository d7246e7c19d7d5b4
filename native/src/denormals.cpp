#include "denormals.h"

#include <dlfcn.h>

#include "error.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace nx {

#if defined(__x86_64__)
namespace {

// Of the control register: results that are denormal become zero, and so do operands.
constexpr unsigned kFlush = 0x8000 | 0x0040;

// libgomp's way into a parallel region, which is what compilers call; the shim itself is compiled
// without OpenMP.
using Parallel = void (*)(void (*body)(void*), void* context, unsigned threads, unsigned flags);

Parallel parallel() {
  static const auto found = reinterpret_cast<Parallel>(::dlsym(RTLD_DEFAULT, "GOMP_parallel"));
  return found;
}

// On this thread and those that share its parallel regions.
template <class Body>
void on_each_thread(int threads, const Body& body) {
  if (threads == 1) {
    body();
  } else {
    parallel()([](void* context) { (*static_cast<const Body*>(context))(); },
               const_cast<Body*>(&body), static_cast<unsigned>(threads), 0);
  }
}

}  // namespace

DenormalScope::DenormalScope(bool flush, int threads) : flush_(flush), threads_(threads) {
  if (!flush_) return;
  if (threads > 1 && parallel() == nullptr) {
    throw Failure(NX_ERROR_UNSUPPORTED,
                  "denormals are flushed on one thread only: this libtorch runs without libgomp");
  }
  before_ = _mm_getcsr();
  on_each_thread(threads_, [] { _mm_setcsr(_mm_getcsr() | kFlush); });
}

DenormalScope::~DenormalScope() {
  if (!flush_) return;
  const unsigned bits = before_ & kFlush;
  on_each_thread(threads_, [bits] { _mm_setcsr((_mm_getcsr() & ~kFlush) | bits); });
  _mm_setcsr(before_);
}
#else
DenormalScope::DenormalScope(bool flush, int threads) : flush_(flush), threads_(threads) {
  if (flush) throw Failure(NX_ERROR_UNSUPPORTED, "denormals are flushed on x86-64 only");
}

DenormalScope::~DenormalScope() = default;
#endif

}  // namespace nx
