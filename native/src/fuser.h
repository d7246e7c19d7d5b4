// The oneDNN Graph fuser, chosen per model.
#pragma once

namespace nx {

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
