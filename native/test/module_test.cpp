// TorchScript modules: looked at, copied with a change, saved.
#include <algorithm>
#include <functional>

#include "support.h"

using namespace test;

namespace {

Module saved_and_loaded(const Module& module) {
  const TemporaryFile file;
  succeeds(nx_module_save(module.get(), file.path.c_str(), nullptr));
  nx_module* out = nullptr;
  succeeds(nx_module_load(file.path.c_str(), NX_DEVICE_CPU, -1, &out));
  return Module(out);
}

Output constants(const Module& module) {
  Output list;
  succeeds(nx_module_constants(module.get(), list.out()));
  return list;
}

const std::vector<int64_t> kImage{2, 3, 32, 32};

Tensor image() { return tensor(kImage, ramp(2 * 3 * 32 * 32)); }

std::vector<float> forward(const Module& module, const nx_run_options& how = options()) {
  const Tensor x = image();
  return read(call(module, {of(x)}, how).tensor());
}

void parameters_and_buffers() {
  const Module module = load("methods");
  const Output entries = parameters(module);
  CHECK(entries.kind() == NX_DICT && entries.length() == 3);
  near(read(find_tensor(entries, "weight")), {1, 1, 1});
  CHECK(info_of(entries, "child.weight").element_count == 9);
  const Output state = buffers(module);
  CHECK(state.length() == 2);
  CHECK(info_of(state, "steps").dtype == NX_DTYPE_INT64 && info_of(state, "steps").rank == 0);
  CHECK(info_of(state, "halves").dtype == NX_DTYPE_FLOAT16);
  CHECK(constants(module).length() == 0);
  CHECK(constants(load("mlp-frozen")).length() == 4);
}

void methods() {
  const Module module = load("methods");
  Output list;
  succeeds(nx_module_methods(module.get(), list.out()));
  CHECK(list.length() == 2);
  for (size_t i = 0; i < 2; ++i) {
    const auto* method = reinterpret_cast<const nx_value*>(list[i].bits);
    if (text(method[0]) != "scaled") continue;
    contains(text(method[1]), "Tensor x, int by=2");
    const auto* arguments = reinterpret_cast<const nx_value*>(method[2].bits);
    CHECK(method[2].length == 2);
    const auto* by = reinterpret_cast<const nx_value*>(arguments[1].bits);
    CHECK(text(by[0]) == "by" && text(by[1]) == "int" && by[2].bits == 1);
  }
  Output result;
  const Tensor x = tensor({3}, {1, 2, 3});
  succeeds(try_call(module, "scaled", {of(x)}, result.out()));
  near(read(result.tensor()), {6, 12, 18});
}

void a_missing_method_lists_those_there() {
  const Module module = load("methods");
  nx_value result{NX_INT, 0, 0, 1};
  const std::string message =
      fails(NX_ERROR_INVALID_ARGUMENT, try_call(module, "fit", {}, &result));
  contains(message, "no method 'fit'");
  contains(message, "forward");
  contains(message, "scaled");
  CHECK(result.kind == NX_NONE);
  fails(NX_ERROR_INVALID_ARGUMENT, try_call(module, nullptr, {}, &result));
}

void options_are_checked() {
  const Module module = load("identity");
  const Tensor x = tensor({1}, {1});
  nx_value result{};
  const auto refuse = [&](const std::function<void(nx_run_options&)>& change) {
    nx_run_options how = options();
    change(how);
    return fails(NX_ERROR_INVALID_ARGUMENT, try_call(module, "forward", {of(x)}, &result, how));
  };
  contains(refuse([](auto& how) { how.threads = 0; }), "threads must be at least 1, got 0");
  contains(refuse([](auto& how) { how.grad_mode = 9; }), "unknown gradient mode 9");
  contains(refuse([](auto& how) { how.dtype = 1234; }), "unknown dtype code 1234");
  contains(refuse([](auto& how) { how.memory_format = 77; }), "unknown memory format code 77");
}

void operators() {
  const Module module = load("convnet");
  Output counts;
  succeeds(nx_module_operators(module.get(), counts.out()));
  bool found = false;
  for (size_t i = 0; i < static_cast<size_t>(counts.length()); ++i) {
    if (text(counts[2 * i]) == "aten::linear") found = counts[2 * i + 1].bits == 1;
  }
  CHECK(found);
}

void save_and_load() {
  const Module module = load("convnet");
  near(forward(saved_and_loaded(module)), forward(module), 0);
  fails(NX_ERROR_MODEL, nx_module_save(module.get(), "/nonexistent/folder/model.pt", nullptr));
}

void freeze() {
  const Module module = load("convnet");
  const std::vector<float> expected = forward(module);
  const Module frozen = changed(nx_module_freeze, module);
  CHECK(parameters(frozen).length() == 0 && constants(frozen).length() > 0);
  near(forward(frozen), expected);
  near(forward(saved_and_loaded(frozen)), expected);
  near(forward(changed(nx_module_optimize_for_inference, module)), expected);
  near(forward(changed(nx_module_optimize_for_inference, frozen)), expected);
  near(forward(module), expected, 0);
}

// In lists, dicts, tuples and objects; after freezing, in constants of the code.
void tensors_anywhere_are_converted() {
  const Tensor x = tensor({3}, {1, 2, 3});
  const std::vector<float> expected = {-2, 7.75F, 11.25F};
  nx_run_options how = options();
  how.dtype = NX_DTYPE_BFLOAT16;
  const Module held = load("../modules/held");
  const Module frozen = changed(nx_module_freeze, load("../modules/held-apart"));
  for (const Module* module : {&held, &frozen}) {
    const Module narrow = changed(nx_module_to_dtype, *module, NX_DTYPE_BFLOAT16);
    near(read(call(narrow, {of(x)}, how).tensor()), expected, 0.1F);
    const Output weights = constants(narrow);
    for (size_t i = 0; i < static_cast<size_t>(weights.length()); ++i) {
      nx_tensor_info info;
      succeeds(nx_tensor_describe(Output::tensor(weights[i]), 0, &info, nullptr, nullptr));
      CHECK(info.dtype == NX_DTYPE_BFLOAT16);
    }
    near(read(call(*module, {of(x)}).tensor()), expected, 0);
  }
  nx_module* out = nullptr;
  const Module packed = load("../modules/packed");
  contains(fails(NX_ERROR_UNSUPPORTED, nx_module_to_dtype(packed.get(), NX_DTYPE_BFLOAT16, &out)),
           "LinearPackedParamsBase");
  CHECK(out == nullptr);
}

void evaluation_mode() {
  const Module training = load("training");
  CHECK(nx_module_training_count(training.get()) == 3);
  nx_module* out = nullptr;
  contains(fails(NX_ERROR_UNSUPPORTED, nx_module_freeze(training.get(), &out)), "eval");
  CHECK(out == nullptr);
  const Module evaluation = changed(nx_module_eval, training);
  CHECK(nx_module_training_count(evaluation.get()) == 0);
  CHECK(nx_module_training_count(training.get()) == 3);
}

void bfloat16_and_channels_last() {
  const Module module = load("convnet");
  const std::vector<float> expected = forward(module);
  const Module narrow = changed(nx_module_to_dtype, module, NX_DTYPE_BFLOAT16);
  const Output entries = parameters(narrow);
  CHECK(info_of(entries, "conv1.weight").dtype == NX_DTYPE_BFLOAT16);
  CHECK(info_of(buffers(narrow), "bn1.running_mean").dtype == NX_DTYPE_BFLOAT16);
  CHECK(info_of(buffers(narrow), "bn1.num_batches_tracked").dtype == NX_DTYPE_INT64);
  nx_run_options how = options();
  how.dtype = NX_DTYPE_BFLOAT16;
  near(forward(narrow, how), expected, 0.05F);

  const Module laid_out = changed(nx_module_to_format, narrow, NX_FORMAT_CHANNELS_LAST);
  CHECK(info_of(parameters(laid_out), "conv1.weight").is_contiguous == 0);
  CHECK(info_of(parameters(laid_out), "fc.weight").is_contiguous == 1);
  how.memory_format = NX_FORMAT_CHANNELS_LAST;
  near(forward(laid_out, how), expected, 0.05F);

  const Module frozen = changed(nx_module_freeze, laid_out);
  how.fuse = 1;
  for (int i = 0; i < 4; ++i) near(forward(frozen, how), expected, 0.05F);

  // A frozen model's weights are constants of its code; they are converted too.
  const Module later =
      changed(nx_module_to_dtype, changed(nx_module_freeze, module), NX_DTYPE_BFLOAT16);
  near(forward(later, how), expected, 0.05F);

  // The original is what it was.
  CHECK(info_of(parameters(module), "conv1.weight").dtype == NX_DTYPE_FLOAT32);
  CHECK(info_of(parameters(module), "conv1.weight").is_contiguous == 1);
  near(forward(module), expected, 0);
}

// A converted model gives back what it was given.
void results_have_the_callers_dtype() {
  const Module module = changed(nx_module_to_dtype, load("mlp"), NX_DTYPE_BFLOAT16);
  nx_run_options how = options();
  how.dtype = NX_DTYPE_BFLOAT16;
  for (const int64_t dtype : {NX_DTYPE_FLOAT32, NX_DTYPE_FLOAT64, NX_DTYPE_BFLOAT16}) {
    const Tensor x = tensor({2, 8}, ramp(16));
    const Tensor cast = apply("aten::to", "dtype", {of(x), {NX_DTYPE, 0, 0, dtype}}).take();
    CHECK(describe(call(module, {of(cast)}, how).take()).dtype == dtype);
  }
}

void copies_share_parameters_and_nothing_else() {
  const Module module = load("methods");
  const Module copy = changed(nx_module_eval, module);
  CHECK(info_of(parameters(module), "weight").data == info_of(parameters(copy), "weight").data);
  CHECK(info_of(buffers(module), "steps").data != info_of(buffers(copy), "steps").data);

  const Module stateful = load("keeps-input");
  const Module other = changed(nx_module_eval, stateful);
  const Tensor x = tensor({2, 3}, ramp(6));
  call(other, {of(x)});
  near(read(call(stateful, {of(x)}).tensor()), {0, 0, 0, 0, 0, 0}, 0);
  near(read(call(other, {of(x)}).tensor()), ramp(6), 0);
}

void a_full_disk_is_an_error() {
  for (const char* model : {"identity", "convnet"}) {
    contains(fails(NX_ERROR_MODEL, nx_module_save(load(model).get(), "/dev/full", nullptr)),
             "No space left");
    contains(fails(NX_ERROR_MODEL, nx_module_save(load(model).get(), "/proc/none/such", nullptr)),
             "No such file");
  }
}

void state_is_seen() {
  const auto stateful = [](const char* name) {
    int32_t result = -1;
    succeeds(nx_module_is_stateful(load(name).get(), &result));
    return result;
  };
  CHECK(stateful("mlp") == 0);
  CHECK(stateful("convnet") == 0);  // its batch norms change theirs in training only
  CHECK(stateful("writes-input") == 0);
  CHECK(stateful("keeps-input") == 1);  // sets an attribute
  CHECK(stateful("counts") == 1);       // changes a buffer and a list in place
}

// Each copy has state of its own, also what its code changes in place.
void copies_do_not_share_state() {
  const Module module = load("counts");
  const Tensor x = tensor({1}, {1});
  const auto runs = [&](const Module& counted) { return read(call(counted, {of(x)}).tensor())[0]; };
  for (const auto copy : {nx_module_eval, nx_module_freeze, nx_module_optimize_for_inference}) {
    const Module one = changed(copy, module);
    const Module other = changed(copy, module);
    CHECK(runs(one) == 102);
    CHECK(runs(one) == 203);
    CHECK(runs(other) == 102);
  }
  CHECK(runs(module) == 102);
}

// Parameters share the memory of what was given, so that two models can share it; buffers, which
// code may change, do not.
void given_tensors() {
  const Module module = load("methods");
  const Tensor weight = tensor({3}, {1, 2, 3});
  const Tensor steps = apply("aten::sum", "", {of(tensor<int64_t>({1}, {5}))}).take();
  const char* names[] = {"weight", "steps"};
  const nx_tensor* tensors[] = {weight.get(), steps.get()};
  const auto given = [&] {
    nx_module* out = nullptr;
    succeeds(nx_module_with_tensors(module.get(), names, tensors, 2, &out));
    return Module(out);
  };
  const Module one = given();
  const Module other = given();
  CHECK(info_of(parameters(one), "weight").data == describe(weight).data);
  CHECK(info_of(parameters(other), "weight").data == describe(weight).data);
  CHECK(info_of(buffers(one), "steps").data != info_of(buffers(other), "steps").data);
  CHECK(read<int64_t>(find_tensor(buffers(one), "steps"))[0] == 5);
  CHECK(read<int64_t>(find_tensor(buffers(module), "steps"))[0] == 7);
  near(read(find_tensor(parameters(module), "weight")), {1, 1, 1});
  // What was not given is shared with the original.
  CHECK(info_of(parameters(one), "child.weight").data ==
        info_of(parameters(module), "child.weight").data);
  // Gradients can still be recorded.
  const Tensor x = tensor({3}, {1, 2, 3});
  near(read(call(one, {of(x)}, options(1, NX_MODE_GRAD)).tensor()),
       read(call(other, {of(x)}).tensor()));

  nx_module* out = nullptr;
  for (const char* absent : {"absent", "child", "child.absent", "scale", "", "weight.x"}) {
    const char* wrong[] = {absent};
    contains(fails(NX_ERROR_INVALID_ARGUMENT,
                   nx_module_with_tensors(module.get(), wrong, tensors, 1, &out)),
             "no parameter or buffer '" + std::string(absent) + "'");
  }
  CHECK(out == nullptr);
}

void given_borrowed_memory_is_copied() {
  const Module module = load("methods");
  std::vector<float> memory{4, 5, 6};
  const Tensor weight = wrap(memory, {3});
  const char* names[] = {"weight"};
  const nx_tensor* tensors[] = {weight.get()};
  nx_module* out = nullptr;
  succeeds(nx_module_with_tensors(module.get(), names, tensors, 1, &out));
  const Module given(out);
  memory = {0, 0, 0};
  near(read(find_tensor(parameters(given), "weight")), {4, 5, 6});
}

void devices() {
  const Module module = load("convnet");
  near(forward(changed(nx_module_to_device, module, NX_DEVICE_CPU, -1)), forward(module), 0);
  nx_module* out = nullptr;
  contains(fails(NX_ERROR_INVALID_ARGUMENT, nx_module_to_device(module.get(), 77, 0, &out)),
           "unknown device code 77");
  contains(fails(NX_ERROR_UNSUPPORTED, nx_module_to_device(module.get(), NX_DEVICE_CUDA, 99, &out)),
           "there is no device cuda:99");
}

// A second handle is the same module, also when the first is gone.
void shared_handles() {
  Module module = load("keeps-input");
  const Module second = changed(nx_module_share, module);
  const Tensor x = tensor({2, 3}, ramp(6));
  call(module, {of(x)});
  module.reset();
  near(read(call(second, {of(x)}).tensor()), ramp(6), 0);
}

void gradient_modes() {
  const Module module = load("mlp");
  const Tensor x = tensor({2, 8}, ramp(16));
  // What an operator returns is an inference tensor, which gradient mode refuses to save.
  const Tensor computed = apply("aten::add", "Scalar", {of(x), of(int64_t{0})}).take();
  const std::vector<float> expected = read(call(module, {of(x)}).tensor());
  for (const int32_t mode : {NX_MODE_INFERENCE, NX_MODE_NO_GRAD, NX_MODE_GRAD}) {
    for (const int32_t threads : {1, 2}) {
      near(read(call(module, {of(x)}, options(threads, mode)).tensor()), expected);
      near(read(call(module, {of(computed)}, options(threads, mode)).tensor()), expected);
    }
  }
  const Module writes = load("writes-input");
  for (const int32_t mode : {NX_MODE_INFERENCE, NX_MODE_NO_GRAD, NX_MODE_GRAD})
    call(writes, {of(computed)}, options(1, mode));
  near(read(computed), [] {
    std::vector<float> values = ramp(16);
    for (float& value : values) value += 3;
    return values;
  }());
}

std::string create_fails(const std::vector<const char*>& names) {
  const Tensor x = tensor({1}, {1});
  const std::vector<const nx_tensor*> tensors(names.size(), x.get());
  const std::vector<int32_t> is_buffer(names.size(), 0);
  nx_module* out = nullptr;
  std::string message = fails(NX_ERROR_INVALID_ARGUMENT,
                              nx_module_create(names.data(), tensors.data(), is_buffer.data(),
                                               static_cast<int64_t>(names.size()), &out));
  CHECK(out == nullptr);
  return message;
}

void create_checks_names() {
  contains(create_fails({"a", "a"}), "two tensors are named 'a'");
  contains(create_fails({"a", "a.b"}), "'a' is both a tensor and a module");
  contains(create_fails({""}), "empty");
  contains(create_fails({"a."}), "empty");
  contains(create_fails({"a..b"}), "empty");
  contains(create_fails({nullptr}), "name is NULL");
}

}  // namespace

int main() {
  RUN(parameters_and_buffers);
  RUN(methods);
  RUN(a_missing_method_lists_those_there);
  RUN(options_are_checked);
  RUN(operators);
  RUN(save_and_load);
  RUN(freeze);
  RUN(tensors_anywhere_are_converted);
  RUN(evaluation_mode);
  RUN(bfloat16_and_channels_last);
  RUN(results_have_the_callers_dtype);
  RUN(copies_share_parameters_and_nothing_else);
  RUN(a_full_disk_is_an_error);
  RUN(state_is_seen);
  RUN(copies_do_not_share_state);
  RUN(given_tensors);
  RUN(given_borrowed_memory_is_copied);
  RUN(devices);
  RUN(shared_handles);
  RUN(gradient_modes);
  RUN(create_checks_names);
}
