#include "settings.h"

#include "pretend.h"

namespace pretend {

void Hold::set(int kinds) {
  const std::lock_guard lock(mutex_);
  kinds_ = kinds;
  changed_.notify_all();
}

void Hold::pass(int kind) {
  std::unique_lock lock(mutex_);
  ++count_;
  changed_.wait(lock, [&] { return (kinds_ & kind) == 0; });
  --count_;
}

int64_t Hold::count() {
  const std::lock_guard lock(mutex_);
  return count_;
}

Settings& settings() {
  static auto* const settings = new Settings;
  return *settings;
}

}  // namespace pretend

void pretend_set_delay_micros(int64_t micros) { pretend::settings().delay_micros = micros; }
int64_t pretend_delay_micros() { return pretend::settings().delay_micros; }
int64_t pretend_tasks() { return pretend::settings().tasks; }
void pretend_fill_freed(int byte) { pretend::settings().fill_freed = byte; }
void pretend_hold(int kinds) { pretend::settings().hold.set(kinds); }
int64_t pretend_held() { return pretend::settings().hold.count(); }
