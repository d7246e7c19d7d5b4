// Who owns what: nothing that a model returns or stores may view the caller's memory after the
// call. Run under AddressSanitizer, which tells a use after free.
#include <algorithm>

#include "support.h"

using namespace test;

namespace {

const std::vector<int64_t> kShape{2, 3};
const std::vector<float> kValues{1, 2, 3, 4, 5, 6};

// Memory of the caller's that is overwritten and freed when it goes.
struct Lent {
  std::vector<float> memory = kValues;
  Tensor tensor = wrap(memory, kShape);
  ~Lent() { std::fill(memory.begin(), memory.end(), -99.0F); }
};

// What `model` returns for lent memory that is gone when the result is looked at.
Output call_and_forget(const Module& model, const nx_run_options& how = options()) {
  Lent lent;
  return call(model, {of(lent.tensor)}, how);
}

void check_own(const Output& output, const std::vector<float>& expected) {
  CHECK(output.value().length == 0);  // not marked as borrowed
  near(read(output.tensor()), expected, 0);
}

void identity_gets_its_own_memory() {
  const Module model = load("identity");
  for (const int32_t mode : {NX_MODE_INFERENCE, NX_MODE_NO_GRAD, NX_MODE_GRAD})
    for (const int32_t threads : {1, 2})
      check_own(call_and_forget(model, options(threads, mode)), kValues);
}

void view_gets_its_own_memory() {
  const Module model = load("view");
  const Output output = call_and_forget(model);
  check_own(output, {1, 4, 2, 5, 3, 6});
}

void identity_in_a_list() {
  const Module model = load("list-output");
  const Output output = call_and_forget(model);
  CHECK(output.kind() == NX_LIST && output.length() == 3);
  near(read(Output::tensor(output[0])), kValues, 0);
}

void state_gets_its_own_memory() {
  const Module model = load("keeps-input");
  check_own(call_and_forget(model), {0, 0, 0, 0, 0, 0});
  check_own(call_and_forget(model), kValues);
  const Tensor other = tensor(kShape, {9, 9, 9, 9, 9, 9});
  check_own(call(model, {of(other)}), kValues);
}

void failing_call_leaves_nothing_behind() {
  const Module model = load("raises");
  Lent lent;
  contains(call_fails(NX_ERROR_OPERATOR, model, {of(lent.tensor)}), "this model always raises");
}

void caller_sees_writes() {
  const Module model = load("writes-input");
  Lent lent;
  const Output output = call(model, {of(lent.tensor)});
  near(lent.memory, {2, 3, 4, 5, 6, 7}, 0);
  near(read(lent.tensor), {2, 3, 4, 5, 6, 7}, 0);
  // The result is a copy of its own.
  lent.memory[0] = 50;
  near(read(output.tensor()), {2, 3, 4, 5, 6, 7}, 0);
  // The tensor still views the memory.
  near(read(lent.tensor), {50, 3, 4, 5, 6, 7}, 0);
}

void borrowed_memory_cannot_be_resized() {
  const Module model = load("resizes-input");
  Lent lent;
  contains(call_fails(NX_ERROR_OPERATOR, model, {of(lent.tensor)}), "not resizable");
  near(read(lent.tensor), kValues, 0);
  const Tensor owned = tensor(kShape, kValues);
  CHECK(sizes(call(model, {of(owned)}).take()) == (std::vector<int64_t>{64, 64}));
}

void one_input_twice() {
  const Module model = load("list-input");
  Lent lent;
  const std::vector<nx_value> twice{of(lent.tensor), of(lent.tensor)};
  near(read(call(model, {sequence(NX_LIST, twice)}).tensor()), {1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6},
       0);
}

void view_of_borrowed_memory() {
  const Module model = load("identity");
  Output column;
  Output output;
  {
    Lent lent;
    column.out()[0] = {};
    Output part = apply("aten::select", "int", {of(lent.tensor), of(int64_t{1}), of(int64_t{1})});
    CHECK(part.value().length == NX_VALUE_BORROWED);
    Output negated = apply("aten::_neg_view", "", {part.value()});
    CHECK(negated.value().length == NX_VALUE_BORROWED);
    near(read(negated.tensor()), {-2, -5}, 0);
    Output copy = call(model, {negated.value()});
    std::swap(*output.out(), *copy.out());
  }
  check_own(output, {-2, -5});
}

// A model that gives the tensor it was lent another storage, after it stored the first one.
void storage_swapped_under_the_model() {
  const Module model = load("swaps-storage");
  for (int i = 0; i < 2; ++i) {
    Lent lent;
    const Tensor own = tensor(kShape, {7, 7, 7, 7, 7, 7});
    int64_t address = 0;
    nx_tensor* pin = nullptr;
    succeeds(nx_tensor_pin(own.get(), &address, &pin));
    const Tensor pinned(pin);
    const Output output = call(model, {of(lent.tensor), of(own)});
    near(read(output.tensor()), i == 0 ? std::vector<float>(6) : kValues, 0);
    CHECK(describe(own).data == address);  // not moved away under the caller's segment
    near(read(lent.tensor), kValues, 0);
  }
}

void session_reads_anew_and_lets_nothing_escape() {
  const Module model = load("identity");
  Output kept;
  {
    Lent lent;
    const Session session = open(model, {of(lent.tensor)});
    near(read(run(session).tensor()), kValues, 0);
    lent.memory[0] = 10;
    const Output second = run(session);
    near(read(second.tensor()), {10, 2, 3, 4, 5, 6}, 0);
    lent.memory[0] = 20;
    near(read(second.tensor()), {10, 2, 3, 4, 5, 6}, 0);
    Output last = run(session);
    std::swap(*kept.out(), *last.out());
  }
  check_own(kept, {20, 2, 3, 4, 5, 6});
}

void session_with_state() {
  const Module model = load("keeps-input");
  {
    Lent lent;
    const Session session = open(model, {of(lent.tensor)});
    near(read(run(session).tensor()), {0, 0, 0, 0, 0, 0}, 0);
    lent.memory[0] = 10;
    near(read(run(session).tensor()), kValues, 0);
  }
  check_own(call_and_forget(model), {10, 2, 3, 4, 5, 6});
}

void session_writes_through() {
  const Module model = load("writes-input");
  Lent lent;
  const Session session = open(model, {of(lent.tensor)});
  run(session);
  run(session);
  near(lent.memory, {3, 4, 5, 6, 7, 8}, 0);
}

// A run must not find what an earlier run did to a list or dict.
void session_binds_containers_by_value() {
  const Module model = load("changes-containers");
  for (const bool borrowed : {false, true}) {
    Lent lent;
    const Tensor own = tensor(kShape, kValues);
    const std::vector<nx_value> tensors{of(borrowed ? lent.tensor : own)};
    const std::vector<int64_t> integers{1, 2};
    const Session session = open(model, {sequence(NX_LIST, tensors), of(integers)});
    for (int i = 0; i < 3; ++i) {
      const Output output = run(session);
      CHECK(output[0].bits == 2 && output[1].bits == 3);
    }
  }
}

void converted_inputs_are_copies() {
  const Module model = load("writes-input");
  nx_run_options how = options();
  how.dtype = NX_DTYPE_BFLOAT16;
  Lent lent;
  const Output output = call(model, {of(lent.tensor)}, how);
  near(read(output.tensor()), {2, 3, 4, 5, 6, 7}, 0);
  near(lent.memory, kValues, 0);
}

void module_tensors_are_copies() {
  Module module;
  {
    Lent lent;
    const char* name = "weight";
    const nx_tensor* handle = lent.tensor.get();
    const int32_t is_buffer = 0;
    nx_module* out = nullptr;
    succeeds(nx_module_create(&name, &handle, &is_buffer, 1, &out));
    module.reset(out);
  }
  Output parameters;
  succeeds(nx_module_parameters(module.get(), parameters.out()));
  near(read(Output::tensor(parameters[1])), kValues, 0);
}

// A sparse tensor is made of tensors, and has no storage that could be marked.
void sparse_tensor_gets_its_own_memory() {
  const auto make = [] {
    Lent lent;
    const std::vector<int64_t> size{6};
    const Tensor values = apply("aten::flatten", "using_ints", {of(lent.tensor)}).take();
    const Tensor indices = tensor<int64_t>({1, 6}, {0, 1, 2, 3, 4, 5});
    return apply("aten::sparse_coo_tensor", "indices_size",
                 {of(indices), of(values), of(size), none(), none(), none(), none(), none()});
  };
  const Output sparse = make();
  near(read(apply("aten::to_dense", "", {sparse.value()}).tensor()), kValues, 0);
}

// The fuser may compute in place of an input where it thinks that nobody needs it any more.
void fuser_leaves_inputs_alone() {
  const Module model = changed(nx_module_freeze, load("residual"));
  nx_run_options how = options();
  const std::vector<float> values = ramp(2 * 8 * 16 * 16);
  std::vector<float> memory = values;
  const Tensor lent = wrap(memory, {2, 8, 16, 16});
  const std::vector<float> expected = read(call(model, {of(lent), of(lent)}).tensor());
  const Module fused = changed(nx_module_freeze, load("residual"));
  how.fuse = 1;
  for (int i = 0; i < 4; ++i) {
    near(read(call(fused, {of(lent), of(lent)}, how).tensor()), expected, 1e-4F);
    near(memory, values, 0);
  }
}

}  // namespace

int main() {
  RUN(identity_gets_its_own_memory);
  RUN(view_gets_its_own_memory);
  RUN(identity_in_a_list);
  RUN(state_gets_its_own_memory);
  RUN(failing_call_leaves_nothing_behind);
  RUN(caller_sees_writes);
  RUN(borrowed_memory_cannot_be_resized);
  RUN(one_input_twice);
  RUN(view_of_borrowed_memory);
  RUN(storage_swapped_under_the_model);
  RUN(session_reads_anew_and_lets_nothing_escape);
  RUN(session_with_state);
  RUN(session_writes_through);
  RUN(session_binds_containers_by_value);
  RUN(converted_inputs_are_copies);
  RUN(module_tensors_are_copies);
  RUN(sparse_tensor_gets_its_own_memory);
  RUN(fuser_leaves_inputs_alone);
}
