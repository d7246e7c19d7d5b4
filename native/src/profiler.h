// Whether libtorch's profiler runs, see nx_profiler_start.
#pragma once

namespace nx {

// On any thread.
bool is_profiling() noexcept;

}  // namespace nx
