// Numbers too small for their exponent, which processors compute with very slowly.
#pragma once

namespace nx {

// While it lives, this thread and those that work for it take denormal numbers for zero. How each
// of them was set before holds again afterwards: the caller's thread goes back to Java, whose
// arithmetic needs them.
class DenormalScope {
 public:
  // Does nothing unless `flush`.
  DenormalScope(bool flush, int threads);
  ~DenormalScope();
  DenormalScope(const DenormalScope&) = delete;
  DenormalScope& operator=(const DenormalScope&) = delete;

 private:
  bool flush_;
  int threads_;
  unsigned before_ = 0;
};

}  // namespace nx
