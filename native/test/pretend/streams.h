// Devices and their streams: what there is, and what each thread has as current.
#pragma once

#include <c10/core/Stream.h>

#include <array>
#include <vector>

#include "queue.h"

namespace pretend {

inline constexpr c10::DeviceIndex device_count = 2;

inline c10::Device device_at(c10::DeviceIndex index) {
  return {c10::DeviceType::PrivateUse1, index};
}

// The index, or the current device's for -1; throws for a device that is not there.
c10::DeviceIndex checked(c10::DeviceIndex device);

c10::DeviceIndex current_device() noexcept;
void set_current_device(c10::DeviceIndex device);

c10::Stream current_stream(c10::DeviceIndex device);
c10::Stream exchange_stream(const c10::Stream& stream);
c10::Stream default_stream(c10::DeviceIndex device);
// The pool's next stream, in turn.
c10::Stream pool_stream(c10::DeviceIndex device, bool high_priority);

Queue& queue_of(const c10::Stream& stream);
Queue& current_queue(c10::DeviceIndex device);

// All that is enqueued on the device has run afterwards; what is being captured is not looked at.
void drain_device(c10::DeviceIndex device);

// What a host call that waits does: refuses, and spoils the capture, where a capture is under way;
// then throws what the device's tasks threw.
void synchronize(Queue& queue);
void synchronize_device(c10::DeviceIndex device);

// Lets no further task start.
void halt_streams();

}  // namespace pretend
