// Sessions: a method bound to its arguments, so that a run is one call.
#include <algorithm>

#include "borrowed.h"
#include "call.h"
#include "compute.h"
#include "device.h"
#include "handles.h"
#include "module.h"
#include "package.h"
#include "recording.h"
#include "tensor.h"
#include "types.h"

namespace {

// What runs replay in place of calls.
struct Recorded {
  std::shared_ptr<nx::RecordingMemory> memory;
  std::unique_ptr<nx::Recording> work;
  c10::IValue result;  // where a replay leaves it
  // Inputs in memory of the host, and where a replay reads them.
  std::vector<std::pair<at::Tensor, at::Tensor>> from_host;
  int64_t replacements = 0;  // of a package's constants, when it was recorded
};

}  // namespace

struct nx_session {
  torch::jit::Module module;
  std::shared_ptr<nx::Compiled> compiled;
  std::shared_ptr<nx::ModuleState> state;
  std::shared_ptr<nx::Package> package;
  torch::jit::Function* function;
  nx_run_options options;
  std::optional<c10::Stream> stream;
  bool follows_default = false;  // the stream is the session's own choice, which nobody knows of
  torch::jit::Stack arguments;   // self and what was bound
  torch::jit::Stack working;     // what a run consumes; kept for its capacity
  c10::IValue result;
  std::vector<at::Tensor> tensors;  // of the result, depth first
  bool has_run = false;
  bool has_result = false;
  std::optional<Recorded> recorded;
};

namespace {

using nx::Loan;

// What one run is given for a bound argument. Lists and dicts are made anew: a model may change the
// ones it gets.
c10::IValue lend(const nx_session& session, const c10::IValue& value, Loan& loan) {
  // A package keeps no input, and copies those that are results.
  if (session.package && session.options.grad_mode == NX_MODE_INFERENCE) return value;
  return nx::map_tensors(value, [&](const at::Tensor& tensor) { return loan.lend(tensor); });
}

c10::IValue call(nx_session& session, const torch::jit::Stack& arguments,
                 const nx_run_options& options, const std::optional<c10::Stream>& stream) {
  const std::unique_lock<std::mutex> turn = session.state->turn(session.module);
  Loan loan(options.grad_mode);
  const nx::StreamScope scope(stream);
  c10::IValue result;
  try {
    for (const c10::IValue& argument : arguments) {
      session.working.push_back(lend(session, argument, loan));
    }
    result = nx::call_method(*session.function, *session.compiled, *session.state, options,
                             session.working);
    // A list of the module's own would be changed by whoever calls it next.
    if (turn.owns_lock()) result = nx::map_tensors(result, [](const at::Tensor& t) { return t; });
  } catch (...) {
    session.working.clear();
    loan.settle();
    throw;
  }
  loan.settle();
  // The next call may be on another stream, which waits for the default one.
  if (turn.owns_lock() && stream) nx::wait_for(nx::default_stream(stream->device()), *stream);
  return result;
}

// The device that a session's work is for.
std::optional<c10::Device> device_of(const nx_session& session) {
  if (session.options.device_type != 0)
    return nx::usable_device(session.options.device_type, session.options.device_index);
  for (const at::Tensor& tensor : nx::tensors_of(c10::ivalue::Tuple::create(session.arguments)))
    if (!tensor.is_cpu()) return tensor.device();
  return {};
}

c10::Device recordable_device(const nx_session& session) {
  const std::optional<c10::Device> device = device_of(session);
  if (!device)
    nx::invalid_argument("only work of a device is recorded: no input of the session is on one");
  nx::Recording::require_supported(*device);
  if (session.state->is_stateful(session.module)) {
    throw nx::Failure(NX_ERROR_UNSUPPORTED,
                      "a model that changes its own state is not recorded: a replay changes none");
  }
  if (session.package && !session.package->is_recordable()) {
    throw nx::Failure(NX_ERROR_UNSUPPORTED,
                      "a package with several runners is not recorded: libtorch asks events which "
                      "of them is free, and a recording allows no questions; load it with one");
  }
  if (session.options.grad_mode == NX_MODE_GRAD)
    throw nx::Failure(NX_ERROR_UNSUPPORTED, "gradients are not recorded");
  return *device;
}

// The arguments as a recording reads them, on the device.
torch::jit::Stack on_device(const nx_session& session, c10::Device device, Recorded& recorded) {
  torch::jit::Stack arguments;
  for (const c10::IValue& argument : session.arguments) {
    arguments.push_back(nx::map_tensors(argument, [&](const at::Tensor& tensor) {
      if (!tensor.is_cpu()) return tensor;
      if (session.options.device_type == 0) {
        throw nx::Failure(NX_ERROR_UNSUPPORTED,
                          "an input on the host is not recorded: later runs would not read it");
      }
      return recorded.from_host.emplace_back(tensor, tensor.to(device)).second;
    }));
  }
  return arguments;
}

Recorded record(nx_session& session, std::shared_ptr<nx::RecordingMemory> memory, int64_t warm_up) {
  const nx::StreamScope scope(session.stream);
  const c10::Device device = session.stream->device();
  Recorded recorded;
  recorded.memory = std::move(memory);
  const torch::jit::Stack arguments = on_device(session, device, recorded);
  nx_run_options options = session.options;
  options.device_type = 0;
  options.threads = 1;  // in this thread, which is the one that records
  std::unique_lock<std::mutex> constants;
  if (session.package) {
    constants = session.package->hold_constants();
    recorded.replacements = session.package->replacements();
    // The first call with them folds constants, and waits for the device.
    warm_up = std::max<int64_t>(warm_up, 1);
  }
  for (int64_t i = 0; i < warm_up; ++i) call(session, arguments, options, session.stream);
  session.stream->synchronize();
  // Captured on a stream that nobody else works on, whose work would be recorded too.
  const nx::RecordingStream quiet(device);
  const nx::StreamScope capturing(quiet.stream());
  options.stream = nx::from_stream(quiet.stream());
  const std::lock_guard<std::mutex> lock(recorded.memory->mutex);
  recorded.work = nx::Recording::of(device, recorded.memory->pool, [&] {
    recorded.result = call(session, arguments, options, quiet.stream());
  });
  recorded.memory->pool = recorded.work->pool();
  return recorded;
}

// Enqueues the recorded work; false where it would read constants that a package has no more.
bool enqueue_replay(nx_session& session, const nx::StreamScope& stream) {
  const nx::CallScope modes(NX_MODE_NO_GRAD);
  Recorded& recorded = *session.recorded;
  const std::unique_lock<std::mutex> turn =
      session.package ? session.package->turn() : std::unique_lock<std::mutex>();
  if (session.package && session.package->replacements() != recorded.replacements) return false;
  recorded.memory->user = &session;
  stream.take(session.arguments);
  for (const auto& [from, to] : recorded.from_host) to.copy_(from, /*non_blocking=*/true);
  recorded.work->replay();
  return true;
}

// The result is in the same memory each time, but for what is copied to the host.
c10::IValue replay(nx_session& session) {
  const nx::StreamScope stream(session.stream);
  const std::shared_ptr<nx::RecordingMemory> memory = session.recorded->memory;
  for (;;) {
    {
      const std::lock_guard<std::mutex> lock(memory->mutex);
      if (enqueue_replay(session, stream)) {
        const Recorded& recorded = *session.recorded;
        if (recorded.from_host.empty()) return recorded.result;
        session.stream->synchronize();  // inputs may be changed from here on
        const nx::CallScope modes(NX_MODE_NO_GRAD);
        return nx::map_tensors(recorded.result,
                               [](const at::Tensor& tensor) { return tensor.cpu(); });
      }
    }
    session.recorded = record(session, memory, /*warm_up=*/1);
  }
}

void run(nx_session& session) {
  session.has_run = true;
  session.has_result = false;
  session.tensors.clear();
  session.result = {};
  session.result = session.recorded
                       ? replay(session)
                       : call(session, session.arguments, session.options, session.stream);
  session.tensors = nx::tensors_of(session.result);
  // What comes on the default stream, as if the session ran there: writes to inputs for one.
  if (session.follows_default)
    nx::wait_for(nx::default_stream(session.stream->device()), *session.stream);
  session.has_result = true;
}

// Gives the session the stream that it is to be recorded on; true if it is the session's own
// choice.
bool choose_stream(nx_session& session, c10::Device device, const nx_session* sharing) {
  const c10::Stream usual = nx::default_stream(device);
  const bool is_free = !session.stream || *session.stream == usual;
  if (is_free) {
    session.stream =
        sharing == nullptr ? nx::pool_stream(device, /*high_priority=*/false) : sharing->stream;
  } else if (sharing != nullptr && *session.stream != *sharing->stream) {
    nx::invalid_argument("sessions that share their memory must work on the same stream");
  }
  return is_free;
}

void record_if_not_yet(nx_session& session, const nx_session* sharing, int64_t warm_up) {
  if (session.recorded) return;
  if (sharing != nullptr && !sharing->recorded)
    nx::invalid_argument("the session to share memory with is not recorded");
  const c10::Device device = recordable_device(session);
  if (sharing != nullptr && sharing->stream->device() != device)
    nx::invalid_argument("sessions that share their memory must be on the same device");
  session.has_run = session.has_result = false;
  const std::optional<c10::Stream> before = session.stream;
  try {
    session.follows_default = choose_stream(session, device, sharing);
    session.options.stream = nx::from_stream(*session.stream);
    session.state->use(session.stream, session.module);
    session.recorded = record(
        session,
        sharing == nullptr ? std::make_shared<nx::RecordingMemory>() : sharing->recorded->memory,
        warm_up);
  } catch (...) {
    session.stream = before;
    session.follows_default = false;
    session.options.stream = before ? nx::from_stream(*before) : nx_stream{};
    throw;
  }
}

void require_result(const nx_session& session) {
  if (session.has_result) return;
  nx::invalid_argument(session.has_run ? "the session's last run failed"
                                       : "the session has not run yet");
}

// A result that the next replay overwrites, while it is read: of the session's own, or of another
// one that shares its memory.
std::unique_lock<std::mutex> hold_result(const nx_session& session) {
  require_result(session);
  if (!session.recorded || !session.recorded->from_host.empty()) return {};
  nx::RecordingMemory& memory = *session.recorded->memory;
  std::unique_lock<std::mutex> lock(memory.mutex);
  if (memory.user != &session) {
    throw nx::Failure(NX_ERROR_STATE,
                      "the session's result is gone: a session that shares its memory has run "
                      "since");
  }
  return lock;
}

}  // namespace

nx_error* nx_session_open(const nx_module* module, const char* method,
                          const nx_run_options* options, const nx_value* arguments, int64_t count,
                          nx_session** out) noexcept {
  *out = nullptr;
  return nx::guard([&] {
    auto session = std::make_unique<nx_session>();
    session->module = nx::require(module, "module").module;
    session->compiled = module->compiled;
    session->state = module->state;
    session->package = module->package;
    session->function = &nx::find_method(session->module, method).function();
    session->options = nx::require(options, "options");
    session->stream = nx::to_stream(session->options.stream);
    session->state->use(session->stream, session->module);
    const nx::StreamScope stream(session->stream);
    session->arguments.emplace_back(session->module._ivalue());
    nx::push_arguments(session->function->getSchema(), 1, arguments, count, nullptr,
                       session->arguments);
    *out = session.release();
    nx::count_handle(NX_HANDLE_SESSION, +1);
  });
}

void nx_session_free(nx_session* session) noexcept {
  if (session == nullptr) return;
  // Where the device has failed, nothing runs any more.
  if (session->recorded) nx::attempt([&] { session->stream->synchronize(); });
  delete session;
  nx::count_handle(NX_HANDLE_SESSION, -1);
}

nx_error* nx_session_run(nx_session* session) noexcept {
  return nx::guard([&] {
    nx::require(session, "session");
    run(*session);
  });
}

nx_error* nx_session_record(nx_session* session, const nx_session* sharing,
                            int64_t warm_up) noexcept {
  return nx::guard([&] {
    nx::require(session, "session");
    record_if_not_yet(*session, sharing, warm_up);
  });
}

nx_error* nx_session_synchronize(const nx_session* session) noexcept {
  return nx::guard([&] {
    require_result(nx::require(session, "session"));
    if (session->stream) {
      session->stream->synchronize();
    } else if (const std::optional<c10::Device> device = device_of(*session)) {
      nx::default_stream(*device).synchronize();
    }
  });
}

nx_error* nx_session_result(const nx_session* session, nx_value* out) noexcept {
  *out = {};
  return nx::guard([&] {
    const std::unique_lock<std::mutex> held = hold_result(nx::require(session, "session"));
    const nx::StreamScope stream(session->stream);
    const auto copy = [](const at::Tensor& tensor) { return tensor.clone(); };
    nx::write_value(held ? nx::map_tensors(session->result, copy) : session->result, out);
  });
}

nx_error* nx_session_read(const nx_session* session, int64_t index, void* data,
                          int64_t byte_length) noexcept {
  return nx::guard([&] {
    const std::unique_lock<std::mutex> held = hold_result(nx::require(session, "session"));
    if (index < 0 || static_cast<size_t>(index) >= session->tensors.size()) {
      nx::invalid_argument("output " + std::to_string(index) + " of " +
                           std::to_string(session->tensors.size()));
    }
    const nx::StreamScope stream(session->stream);
    const nx::OperatorScope scope;
    const at::Tensor& tensor = session->tensors[static_cast<size_t>(index)];
    nx::read_tensor(tensor, tensor.scalar_type(), data, byte_length);
  });
}
