#include "settings.h"

#include "pretend.h"

namespace pretend {

Settings& settings() {
  static auto* const settings = new Settings;
  return *settings;
}

}  // namespace pretend

void pretend_set_delay_micros(int64_t micros) { pretend::settings().delay_micros = micros; }
int64_t pretend_delay_micros() { return pretend::settings().delay_micros; }
int64_t pretend_tasks() { return pretend::settings().tasks; }
void pretend_fill_freed(int byte) { pretend::settings().fill_freed = byte; }
