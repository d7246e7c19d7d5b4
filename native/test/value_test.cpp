// Values: into a model's types and back.
#include "support.h"

using namespace test;

namespace {

void scalars_and_text() {
  const Module model = load("scalars");
  const Tensor x = tensor({2}, {1, 2});
  const std::string word = "h\xc3\xa9llo";
  const Output output = call(model, {of(x), of(int64_t{-3}), of(1.25), of(true), of(word)});
  CHECK(output.kind() == NX_TUPLE && output.length() == 5);
  near(read(Output::tensor(output[0])), {-3, -6});
  CHECK(output[1].kind == NX_INT && output[1].bits == -2);
  CHECK(number(output[2]) == 2.5);
  CHECK(output[3].kind == NX_BOOL && output[3].bits == 0);
  CHECK(text(output[4]) == word + "!");
}

void an_integer_stands_for_a_float() {
  const Tensor x = tensor({1}, {1});
  const std::string word;
  const Output output =
      call(load("scalars"), {of(x), of(int64_t{1}), of(int64_t{2}), of(false), of(word)});
  CHECK(number(output[2]) == 4.0);
  CHECK(text(output[4]) == "!");
}

void lists_of_numbers() {
  const Module model = load("scalar-lists");
  const std::vector<int64_t> integers{1, -2};
  const std::vector<nx_value> doubles{of(0.25), of(int64_t{1})};
  const Output output = call(model, {of(integers), sequence(NX_LIST, doubles)});
  const auto* first = reinterpret_cast<const nx_value*>(output[0].bits);
  const auto* second = reinterpret_cast<const nx_value*>(output[1].bits);
  CHECK(output[0].length == 2 && first[0].bits == 2 && first[1].bits == -4);
  CHECK(output[1].length == 2 && number(second[0]) == 0.75 && number(second[1]) == 1.5);

  const std::vector<int64_t> nothing;
  const Output empty = call(model, {of(nothing), sequence(NX_LIST, {})});
  CHECK(empty[0].kind == NX_LIST && empty[0].length == 0);
}

void nested_containers() {
  const Module model = load("nested");
  const Tensor x = tensor({2}, {1, 2});
  const Tensor y = tensor({2}, {10, 20});
  const std::string key = "a";
  const std::string other = "b";
  const std::vector<nx_value> tensors{of(y), of(y)};
  const std::vector<nx_value> entries{of(key), sequence(NX_LIST, tensors), of(other),
                                      sequence(NX_LIST, {})};
  const std::vector<nx_value> pair{of(x), sequence(NX_DICT, entries)};
  const Output output = call(model, {sequence(NX_TUPLE, pair)});
  CHECK(output.kind() == NX_DICT && output.length() == 2);
  CHECK(text(output[0]) == "a" && text(output[2]) == "b");
  const auto* sum = reinterpret_cast<const nx_value*>(output[1].bits);
  CHECK(output[1].kind == NX_TUPLE && output[1].length == 2);
  near(read(Output::tensor(sum[0])), {21, 42});
  CHECK(sum[1].kind == NX_LIST && sum[1].length == 2);
}

void nothing_in_and_out() {
  const Tensor x = tensor({2}, {1, 2});
  CHECK(call(load("optional-output"), {of(x), of(false)}).kind() == NX_NONE);
  CHECK(call(load("optional-output"), {of(x), of(true)}).kind() == NX_TENSOR);
  const Module model = load("optional-argument");
  near(read(call(model, {of(x)}).tensor()), {1, 2});
  near(read(call(model, {of(x), none(), of(2.0)}).tensor()), {2, 4});
  near(read(call(model, {of(x), of(x)}).tensor()), {2, 4});
}

void mistakes_name_the_parameter() {
  const Tensor x = tensor({2}, {1, 2});
  const std::string word = "w";
  const Module scalars = load("scalars");
  const auto wrong = [&](const Module& model, const std::vector<nx_value>& arguments) {
    return call_fails(NX_ERROR_INVALID_ARGUMENT, model, arguments);
  };
  contains(wrong(scalars, {of(x), of(1.5), of(1.5), of(true), of(word)}),
           "argument 'i': expected int, got a floating-point number");
  contains(wrong(scalars, {of(x), of(int64_t{1}), of(true), of(true), of(word)}),
           "argument 'd': expected float, got a boolean");
  contains(wrong(scalars, {of(int64_t{1}), of(int64_t{1}), of(1.5), of(true), of(word)}),
           "argument 'x': expected Tensor, got an integer");
  contains(wrong(scalars, {of(x), of(int64_t{1}), of(1.5)}), "argument 'flag' (bool) is missing");
  contains(wrong(load("identity"), {of(x), of(x)}), "takes 1 argument, got 2");
  contains(wrong(load("identity"), {}), "argument 'x' (Tensor) is missing");

  const std::vector<nx_value> mixed{of(x), of(int64_t{1})};
  contains(wrong(load("list-input"), {sequence(NX_LIST, mixed)}),
           "argument 'xs': expected Tensor, got an integer");
  contains(wrong(load("list-input"), {sequence(NX_TUPLE, mixed)}),
           "argument 'xs': expected List[Tensor], got a tuple");
  const std::vector<nx_value> alone{of(x)};
  contains(wrong(load("nested"), {sequence(NX_TUPLE, alone)}), "got a tuple of 1");
  contains(wrong(load("identity"), {{77, 0, 0, 0}}), "got a value of unknown kind");
}

void too_deep() {
  const Tensor x = tensor({1}, {1});
  std::vector<std::vector<nx_value>> levels(70, std::vector<nx_value>(1));
  nx_value value = of(x);
  for (auto& level : levels) {
    level[0] = value;
    value = sequence(NX_LIST, level);
  }
  contains(call_fails(NX_ERROR_INVALID_ARGUMENT, load("deep-list"), {value}),
           "argument 'x' is nested too deeply");
}

void tensors_of_a_dtype_without_a_name() {
  const Tensor x = tensor({1}, {1});
  const Tensor complex = call(load("complex"), {of(x)}).take();
  CHECK(describe(complex).dtype == NX_DTYPE_COMPLEX64);
  // Real and imaginary part of 16 bits each: no more than handed over.
  const Tensor half =
      apply("aten::to", "dtype", {of(x), {NX_DTYPE, 0, 0, NX_DTYPE_FLOAT16}}).take();
  CHECK(describe(apply("aten::complex", "", {of(half), of(half)}).take()).dtype == NX_DTYPE_OTHER);
}

void clear_leaves_tensors_alone() {
  const Tensor x = tensor({2}, {1, 2});
  nx_value result{};
  succeeds(try_call(load("tuple-output"), "forward", {of(x)}, &result));
  const auto* items = reinterpret_cast<const nx_value*>(result.bits);
  const Tensor first(reinterpret_cast<nx_tensor*>(items[0].bits));
  const Tensor second(reinterpret_cast<nx_tensor*>(items[1].bits));
  nx_value_clear(&result, 1);
  CHECK(result.kind == NX_NONE);
  near(read(first), {2, 3});
  near(read(second), {2, 4});
  nx_value_clear(&result, 1);  // again: nothing to do
}

}  // namespace

int main() {
  RUN(scalars_and_text);
  RUN(an_integer_stands_for_a_float);
  RUN(lists_of_numbers);
  RUN(nested_containers);
  RUN(nothing_in_and_out);
  RUN(mistakes_name_the_parameter);
  RUN(too_deep);
  RUN(tensors_of_a_dtype_without_a_name);
  RUN(clear_leaves_tensors_alone);
}
