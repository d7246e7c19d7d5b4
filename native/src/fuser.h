// Which form of its code a model runs, and the oneDNN Graph fuser.
#pragma once

#include <cstdint>

namespace nx {

// nx_run_options.fuse.
enum class Fuser : int32_t {
  kNone = 0,
  kOneDnnGraph = 1,
  kPrepacked = 2,
};

// A failure for a code that is none.
Fuser to_fuser(int32_t code);

// While it lives, graphs that this thread compiles are fused (or not). libtorch's own switch is
// process-wide, and changing it while another thread compiles crashes; this one is the thread's.
class FuserScope {
 public:
  explicit FuserScope(bool fuse);
  ~FuserScope();
  FuserScope(const FuserScope&) = delete;
  FuserScope& operator=(const FuserScope&) = delete;

 private:
  bool before_;
};

}  // namespace nx
