// Switches of libtorch's that trade precision or memory for speed on GPUs, and hold for the whole
// process.
#pragma once

#include <cstdint>

namespace nx {

// While it lives, the switches (NX_SWITCH_*) are as asked. The first that asks for one sets it, the
// last restores it: calls at the same time that ask for different ones get those of all.
class SwitchScope {
 public:
  explicit SwitchScope(int32_t switches);
  ~SwitchScope();
  SwitchScope(const SwitchScope&) = delete;
  SwitchScope& operator=(const SwitchScope&) = delete;

 private:
  void let_go() noexcept;

  int32_t held_ = 0;  // those that it has a part in
};

}  // namespace nx
