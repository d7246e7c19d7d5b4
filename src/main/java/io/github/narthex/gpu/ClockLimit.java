package io.github.narthex.gpu;

import java.util.ArrayList;
import java.util.List;

/** Why a GPU's clocks are lower than they could be. */
public enum ClockLimit {
  /** Nothing runs. */
  IDLE(0x1, "idle"),
  /** Somebody has set the clocks of applications. */
  APPLICATION_CLOCKS(0x2, "application clocks setting"),
  /** More would exceed the power that the GPU may take. */
  POWER_CAP(0x4, "power cap"),
  /** The hardware has at least halved the clocks: heat, a power brake, or too high a draw. */
  HARDWARE_SLOWDOWN(0x8, "hardware slowdown"),
  /** Another GPU of the same group is slower. */
  SYNC_BOOST(0x10, "sync boost"),
  /** The driver keeps the temperature in bounds. */
  THERMAL_SLOWDOWN(0x20, "thermal slowdown"),
  /** The hardware has at least halved the clocks because of heat. */
  HARDWARE_THERMAL_SLOWDOWN(0x40, "hardware thermal slowdown"),
  /** The machine's power supply has asked for it. */
  POWER_BRAKE(0x80, "power brake"),
  /** The clocks of the display. */
  DISPLAY_CLOCKS(0x100, "display clocks setting"),
  /** A reason that drivers have got later than this list. */
  OTHER(~0x1ffL, "a reason that is not known here");

  // The values of nvmlClocksEventReasons in NVML's API reference.
  private final long bits;
  private final String text;

  ClockLimit(long bits, String text) {
    this.bits = bits;
    this.text = text;
  }

  static List<ClockLimit> ofBits(long reasons) {
    List<ClockLimit> limits = new ArrayList<>();
    for (ClockLimit limit : values()) {
      if ((reasons & limit.bits) != 0) {
        limits.add(limit);
      }
    }
    return limits;
  }

  /** In words, for example {@code power cap}. */
  @Override
  public String toString() {
    return text;
  }
}
