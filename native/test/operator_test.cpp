// The generic operator call.
#include "support.h"

using namespace test;

namespace {

std::string apply_fails(int32_t code, const char* name, const char* overload,
                        const std::vector<nx_value>& arguments) {
  nx_value results[4] = {{NX_INT, 0, 0, 1}};
  std::string message = fails(code, try_apply(name, overload, arguments, results));
  CHECK(results[0].kind == NX_NONE);
  return message;
}

void schema_and_counts() {
  nx_operator* add = find("aten::add", "Tensor");
  CHECK(add == find("aten::add", "Tensor"));
  contains(nx_operator_schema(add), "aten::add.Tensor(Tensor self, Tensor other");
  CHECK(nx_operator_return_count(add) == 1);
  CHECK(nx_operator_return_count(find("aten::max", "dim")) == 2);
  // No overload and NULL are the same.
  nx_operator* out = nullptr;
  succeeds(nx_operator_find("aten::relu", nullptr, &out));
  CHECK(out == find("aten::relu", ""));
}

void unknown_operator() {
  nx_operator* out = nullptr;
  contains(fails(NX_ERROR_UNSUPPORTED, nx_operator_find("aten::nonsense", "x", &out)),
           "no operator aten::nonsense.x");
  contains(fails(NX_ERROR_UNSUPPORTED, nx_operator_find("aten::relu", "x", &out)),
           "no operator aten::relu.x, it has: aten::relu, aten::relu.out");
  contains(fails(NX_ERROR_UNSUPPORTED, nx_operator_find("relu", "", &out)),
           "no operator relu: did you mean aten::relu?");
  contains(
      fails(NX_ERROR_UNSUPPORTED, nx_operator_find("aten::lt", "", &out)),
      "no operator aten::lt without an overload, it has: aten::lt.Scalar, aten::lt.Scalar_out, "
      "aten::lt.Tensor");
  contains(fails(NX_ERROR_UNSUPPORTED, nx_operator_find("no namespace", "", &out)), "no namespace");
  CHECK(out == nullptr);
}

void arguments_left_out_take_their_defaults() {
  const Tensor x = tensor({2}, {1, 2});
  near(read(apply("aten::add", "Tensor", {of(x), of(x)}).tensor()), {2, 4});
  near(read(apply("aten::add", "Tensor", {of(x), of(x), of(int64_t{10})}).tensor()), {11, 22});
  near(read(apply("aten::add", "Scalar", {of(x), of(0.5)}).tensor()), {1.5F, 2.5F});
  near(read(apply("aten::leaky_relu", "", {of(tensor({1}, {-1})), of(int64_t{2})}).tensor()), {-2});
}

Output apply_plain(const char* name, const char* overload, const Tensor& first,
                   const Tensor& second = nullptr) {
  Output result;
  succeeds(nx_operator_call_plain(find(name, overload), first.get(), second.get(), result.out()));
  return result;
}

std::string apply_plain_fails(int32_t code, const char* name, const char* overload,
                              const Tensor& first, const Tensor& second = nullptr) {
  nx_value result{NX_INT, 0, 0, 1};
  std::string message =
      fails(code, nx_operator_call_plain(find(name, overload), first.get(), second.get(), &result));
  CHECK(result.kind == NX_NONE);
  return message;
}

void plain_calls() {
  CHECK(nx_operator_plain_count(find("aten::sqrt", "")) == 1);
  CHECK(nx_operator_plain_count(find("aten::sub", "Tensor")) == 2);
  CHECK(nx_operator_plain_count(find("aten::sub_", "Tensor")) == 0);
  CHECK(nx_operator_plain_count(find("aten::sub", "Scalar")) == 0);
  CHECK(nx_operator_plain_count(find("aten::topk", "")) == 0);
  const Tensor x = tensor({2}, {4, 9});
  const Tensor y = tensor({2}, {1, 2});
  near(read(apply_plain("aten::sqrt", "", x).tensor()), {2, 3});
  near(read(apply_plain("aten::sub", "Tensor", x, y).tensor()), {3, 7});
  near(read(apply_plain("aten::maximum", "", y, x).tensor()), {4, 9});
  // A view of lent memory is lent too.
  std::vector<float> lent{1, 2};
  CHECK(apply_plain("aten::alias", "", wrap(lent, {2})).value().length == NX_VALUE_BORROWED);
}

void plain_mistakes() {
  const Tensor x = tensor({2}, {4, 9});
  contains(apply_plain_fails(NX_ERROR_INVALID_ARGUMENT, "aten::sub", "Tensor", nullptr, x),
           "first tensor is NULL");
  contains(apply_plain_fails(NX_ERROR_INVALID_ARGUMENT, "aten::sub", "Tensor", x),
           "second tensor is NULL");
  contains(apply_plain_fails(NX_ERROR_INVALID_ARGUMENT, "aten::sub", "Scalar", x),
           "can't be called with tensors alone");
  contains(apply_plain_fails(NX_ERROR_OPERATOR, "aten::sub", "Tensor", x, tensor({3}, {1, 2, 3})),
           "must match the size");
}

void arguments_left_out_in_the_middle() {
  const nx_value left_out{NX_DEFAULT, 0, 0, 0};
  const Tensor x = tensor({1, 2}, {1, 2});
  near(read(apply("aten::elu", "", {of(tensor({1}, {2})), left_out, of(int64_t{3})}).tensor()),
       {6});
  contains(apply_fails(NX_ERROR_INVALID_ARGUMENT, "aten::gather", "", {of(x), left_out, of(x)}),
           "argument 'dim' (int) is missing; expected 4, got 2");
}

const nx_value& item(const nx_value& value, size_t index) {
  return reinterpret_cast<const nx_value*>(value.bits)[index];
}

// name:type, then = for a default and ! for one that is written to; "view" if results are views.
std::string description(const char* name, const char* overload) {
  Output out;
  succeeds(nx_operator_describe(find(name, overload), out.out()));
  std::string written;
  for (int64_t i = 0; i < out[0].length; ++i) {
    const nx_value& parameter = item(out[0], static_cast<size_t>(i));
    written += text(item(parameter, 0)) + ":" + text(item(parameter, 1)) +
               (item(parameter, 2).bits != 0 ? "=" : "") +
               (item(parameter, 3).bits != 0 ? "! " : " ");
  }
  return written + (out[1].bits != 0 ? "view" : "");
}

void descriptions() {
  CHECK(description("aten::topk", "") == "self:Tensor k:int dim:int= largest:bool= sorted:bool= ");
  CHECK(description("aten::clamp_", "") ==
        "self:Tensor! min:Optional[number]= max:Optional[number]= ");
  CHECK(description("aten::chunk", "") == "self:Tensor chunks:int dim:int= view");
  CHECK(description("aten::_foreach_add_", "Scalar") == "self:List[Tensor]! scalar:number ");
  CHECK(description("aten::to", "dtype") ==
        "self:Tensor dtype:dtype non_blocking:bool= copy:bool= "
        "memory_format:Optional[MemoryFormat]= view");
}

void lists_in() {
  const Tensor x = tensor({1, 2}, {1, 2});
  const Tensor y = tensor({1, 2}, {3, 4});
  const std::vector<nx_value> both{of(x), of(y)};
  near(read(apply("aten::cat", "", {sequence(NX_LIST, both)}).tensor()), {1, 2, 3, 4});
  const Tensor wide = apply("aten::cat", "", {sequence(NX_LIST, both), of(int64_t{1})}).take();
  CHECK(sizes(wide) == (std::vector<int64_t>{1, 4}));
  // Tensors or none (an index leaves a dimension as it is).
  const Tensor second = tensor<int64_t>({1}, {1});
  const std::vector<nx_value> index{none(), of(second)};
  near(read(apply("aten::index", "Tensor", {of(x), sequence(NX_LIST, index)}).tensor()), {2});
  // Integers as a list of values, in place of NX_INT_LIST.
  const std::vector<nx_value> size{of(int64_t{2}), of(int64_t{1})};
  CHECK(sizes(apply("aten::view", "", {of(x), sequence(NX_LIST, size)}).take()) ==
        (std::vector<int64_t>{2, 1}));
}

void an_integer_stands_for_a_list_of_fixed_length() {
  const Tensor x = tensor({1, 1, 4, 4}, ramp(16));
  const Tensor pooled = apply("aten::max_pool2d", "", {of(x), of(int64_t{2})}).take();
  CHECK(sizes(pooled) == (std::vector<int64_t>{1, 1, 2, 2}));
  const Tensor mean = apply("aten::mean", "dim", {of(x), of(int64_t{3})}).take();
  CHECK(sizes(mean) == (std::vector<int64_t>{1, 1, 4}));
}

void several_results() {
  const Tensor x = tensor({2, 2}, {1, 5, 4, 2});
  nx_value results[2] = {};
  succeeds(try_apply("aten::max", "dim", {of(x), of(int64_t{1})}, results));
  const Tensor values(reinterpret_cast<nx_tensor*>(results[0].bits));
  const Tensor indices(reinterpret_cast<nx_tensor*>(results[1].bits));
  near(read(values), {5, 4});
  CHECK(read<int64_t>(indices) == (std::vector<int64_t>{1, 0}));
}

void a_list_as_the_result() {
  const Tensor x = tensor({5}, {1, 2, 3, 4, 5});
  const Output parts = apply("aten::split", "Tensor", {of(x), of(int64_t{2})});
  CHECK(parts.kind() == NX_LIST && parts.length() == 3);
  near(read(Output::tensor(parts[2])), {5});
}

void numbers_as_the_result() {
  const Tensor x = tensor({1}, {2.5});
  CHECK(number(apply("aten::item", "", {of(x)}).value()) == 2.5);
  CHECK(apply("aten::equal", "", {of(x), of(x)}).value().bits == 1);
}

void dtypes_devices_and_formats() {
  const Tensor x = tensor({1, 2, 2, 2}, ramp(8));
  const std::vector<int64_t> size{2};
  const Output zeros = apply(
      "aten::zeros", "",
      {of(size), {NX_DTYPE, 0, 0, NX_DTYPE_INT64}, none(), {NX_DEVICE, 0, -1, NX_DEVICE_CPU}});
  CHECK(read<int64_t>(zeros.tensor()) == (std::vector<int64_t>{0, 0}));
  const Tensor last =
      apply("aten::contiguous", "", {of(x), {NX_MEMORY_FORMAT, 0, 0, NX_FORMAT_CHANNELS_LAST}})
          .take();
  CHECK(describe(last).is_contiguous == 0);
  near(read(last), ramp(8));
  contains(
      apply_fails(NX_ERROR_INVALID_ARGUMENT, "aten::zeros", "", {of(size), {NX_DTYPE, 0, 0, 1234}}),
      "unknown dtype code 1234");
}

void in_place() {
  const Tensor x = tensor({2}, {1, 2});
  const Tensor same = apply("aten::mul_", "Scalar", {of(x), of(int64_t{3})}).take();
  near(read(x), {3, 6});
  CHECK(describe(same).data == describe(x).data);
}

void mistakes_name_the_parameter() {
  const Tensor x = tensor({2}, {1, 2});
  contains(apply_fails(NX_ERROR_INVALID_ARGUMENT, "aten::add", "Tensor", {of(x), of(1.5)}),
           "argument 'other': expected Tensor, got a floating-point number");
  contains(apply_fails(NX_ERROR_INVALID_ARGUMENT, "aten::sum", "", {of(x), of(1.5)}),
           "aten::sum: argument 'dtype': expected Optional[dtype], got a floating-point number");
  contains(apply_fails(NX_ERROR_INVALID_ARGUMENT, "aten::add", "Tensor", {of(x)}),
           "argument 'other' (Tensor) is missing");
  contains(apply_fails(NX_ERROR_INVALID_ARGUMENT, "aten::relu", "", {of(x), of(x)}),
           "takes 1 argument, got 2");
  contains(apply_fails(NX_ERROR_INVALID_ARGUMENT, "aten::cat", "", {of(x)}), "argument 'tensors'");
  nx_value null_tensor{NX_TENSOR, 0, 0, 0};
  contains(apply_fails(NX_ERROR_INVALID_ARGUMENT, "aten::relu", "", {null_tensor}), "is NULL");
  contains(
      apply_fails(NX_ERROR_INVALID_ARGUMENT, "aten::view", "", {of(x), {NX_INT_LIST, 0, -1, 0}}),
      "no array of that length");
}

void results_need_no_gradient() {
  Output parameters;
  const Module model = load("mlp");
  succeeds(nx_module_parameters(model.get(), parameters.out()));
  const Output sum = apply("aten::sum", "", {parameters[1]});
  CHECK(apply("aten::requires_grad_", "", {sum.value(), of(false)}).kind() == NX_TENSOR);
}

}  // namespace

int main() {
  RUN(schema_and_counts);
  RUN(unknown_operator);
  RUN(arguments_left_out_take_their_defaults);
  RUN(plain_calls);
  RUN(plain_mistakes);
  RUN(arguments_left_out_in_the_middle);
  RUN(descriptions);
  RUN(lists_in);
  RUN(an_integer_stands_for_a_list_of_fixed_length);
  RUN(several_results);
  RUN(a_list_as_the_result);
  RUN(numbers_as_the_result);
  RUN(dtypes_devices_and_formats);
  RUN(in_place);
  RUN(mistakes_name_the_parameter);
  RUN(results_need_no_gradient);
}
