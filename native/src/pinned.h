// Pinned memory of the host, and the copies that use it.
#pragma once

#include <c10/core/Stream.h>

#include <memory>

namespace nx {

// The pinned memory that so many bytes lie in, which lives as long as this does; null for other
// memory.
std::shared_ptr<const void> pinned_at(const void* address, size_t byte_length);

// Whether there is pinned memory at an address.
bool is_pinned(const void* address);

// Tells pinned memory that a stream's work so far uses what lies at this address; other memory is
// none of its business.
void record_pinned_use(const void* address, const c10::Stream& stream);

}  // namespace nx
