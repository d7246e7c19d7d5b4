// Tensors: made, wrapped, described, pinned, read.
#include <limits>

#include "support.h"

using namespace test;

namespace {

std::string wrap_fails(void* data, int64_t bytes, int32_t dtype,
                       const std::vector<int64_t>& shape) {
  nx_tensor* out = nullptr;
  std::string message = fails(
      NX_ERROR_INVALID_ARGUMENT,
      nx_tensor_wrap(data, bytes, dtype, shape.data(), static_cast<int64_t>(shape.size()), &out));
  CHECK(out == nullptr);
  return message;
}

void empty_is_row_major() {
  const Tensor x = tensor({2, 3}, ramp(6));
  std::vector<int64_t> sizes(4);
  std::vector<int64_t> strides(4);
  nx_tensor_info info;
  succeeds(nx_tensor_describe(x.get(), 4, &info, sizes.data(), strides.data()));
  CHECK(info.dtype == NX_DTYPE_FLOAT32 && info.device_type == NX_DEVICE_CPU && info.rank == 2);
  CHECK(info.is_contiguous == 1 && info.is_borrowed == 0);
  CHECK(info.element_count == 6 && info.element_size == 4);
  CHECK(info.data % 64 == 0);
  CHECK(sizes[0] == 2 && sizes[1] == 3 && strides[0] == 3 && strides[1] == 1);

  // Fewer places than dimensions: only those are written.
  int64_t size = -1;
  int64_t stride = -1;
  succeeds(nx_tensor_describe(x.get(), 1, &info, &size, &stride));
  CHECK(info.rank == 2 && size == 2 && stride == 3);
}

void scalars_and_empty_tensors() {
  near(read(tensor({}, {4})), {4});
  CHECK(describe(tensor({}, {4})).rank == 0);
  CHECK(read(tensor({0, 3}, {})).empty());
  std::vector<float> nothing;
  CHECK(describe(wrap(nothing, {0})).element_count == 0);
}

void sizes_are_checked() {
  std::vector<float> data(4);
  const int64_t max = std::numeric_limits<int64_t>::max();
  contains(wrap_fails(data.data(), 16, NX_DTYPE_FLOAT32, {5}),
           "expected at least 20 bytes, got 16");
  contains(wrap_fails(data.data(), -1, NX_DTYPE_FLOAT32, {4}), "expected at least 16 bytes");
  contains(wrap_fails(data.data(), 16, NX_DTYPE_FLOAT32, {-1}), "negative size -1 in dimension 0");
  contains(wrap_fails(data.data(), 16, NX_DTYPE_FLOAT32, {max, 2}), "overflow");
  contains(wrap_fails(data.data(), 16, NX_DTYPE_FLOAT32, {int64_t{1} << 62}), "overflow");
  contains(wrap_fails(data.data(), 16, 55, {1}), "unknown dtype code 55");
  contains(wrap_fails(nullptr, 16, NX_DTYPE_FLOAT32, {4}), "data is NULL");
  contains(wrap_fails(reinterpret_cast<char*>(data.data()) + 1, 12, NX_DTYPE_FLOAT32, {1}),
           "not aligned");
  nx_tensor* out = nullptr;
  const int64_t sizes[] = {max, max};
  fails(NX_ERROR_INVALID_ARGUMENT,
        nx_tensor_empty(NX_DTYPE_FLOAT32, NX_DEVICE_CPU, -1, sizes, 2, &out));
  fails(NX_ERROR_INVALID_ARGUMENT, nx_tensor_empty(NX_DTYPE_FLOAT32, 7, -1, sizes, 0, &out));
  fails(NX_ERROR_INVALID_ARGUMENT,
        nx_tensor_empty(NX_DTYPE_FLOAT32, NX_DEVICE_CUDA, 300, sizes, 0, &out));
  fails(NX_ERROR_INVALID_ARGUMENT,
        nx_tensor_empty(NX_DTYPE_FLOAT32, NX_DEVICE_CPU, -1, nullptr, 2, &out));
}

void wrap_views_memory() {
  std::vector<float> data{1, 2, 3, 4, 5};
  const Tensor x = wrap(data, {2, 2});  // more memory than needed is fine
  CHECK(describe(x).is_borrowed == 1);
  CHECK(describe(x).data == reinterpret_cast<int64_t>(data.data()));
  data[3] = 40;
  near(read(x), {1, 2, 3, 40});
  const Tensor view = apply("aten::t", "", {of(x)}).take();
  CHECK(describe(view).is_borrowed == 1 && describe(view).is_contiguous == 0);
  near(read(view), {1, 3, 2, 40});
  const Tensor sum = apply("aten::add", "Tensor", {of(x), of(x)}).take();
  CHECK(describe(sum).is_borrowed == 0);
}

void share_is_a_second_handle() {
  Tensor x = tensor({2}, {1, 2});
  nx_tensor* out = nullptr;
  succeeds(nx_tensor_share(x.get(), &out));
  const Tensor second(out);
  x.reset();
  near(read(second), {1, 2});
}

nx_error* resize(const Tensor& x, const std::vector<int64_t>& size) {
  Output result;
  return try_apply("aten::resize_", "", {of(x), of(size)}, result.out());
}

void moving_to_where_it_is_shares() {
  const Tensor x = tensor({2}, {1, 2});
  nx_tensor* out = nullptr;
  succeeds(nx_tensor_to(x.get(), NX_DEVICE_CPU, 0, nullptr, 0, &out));
  const Tensor same(out);
  CHECK(describe(same).data == describe(x).data);
  contains(
      fails(NX_ERROR_INVALID_ARGUMENT, nx_tensor_to(x.get(), NX_DEVICE_CPU, 0, nullptr, 1, &out)),
      "streams: no array of that length");
  const nx_stream none{};
  contains(
      fails(NX_ERROR_INVALID_ARGUMENT, nx_tensor_to(x.get(), NX_DEVICE_CPU, 0, &none, 1, &out)),
      "a stream is missing");
  CHECK(out == nullptr);
  int32_t before = -1;
  contains(fails(NX_ERROR_INVALID_ARGUMENT, nx_device_exchange(NX_DEVICE_CPU, 0, &before)),
           "expected a device such as cuda:0, got cpu");
  CHECK(before == 0);
}

void pinned_memory_stays() {
  Tensor x = tensor({2}, {1, 2});
  int64_t data = 0;
  nx_tensor* out = nullptr;
  succeeds(nx_tensor_pin(x.get(), &data, &out));
  const Tensor pin(out);
  CHECK(data == describe(x).data);
  contains(fails(NX_ERROR_OPERATOR, resize(x, {100})), "not resizable");
  const Tensor other = tensor({2}, {7, 7});
  apply("aten::set_", "source_Tensor", {of(x), of(other)});
  x.reset();
  CHECK(reinterpret_cast<const float*>(data)[1] == 2);
  near(read(pin), {1, 2});
}

void only_row_major_memory_is_pinned() {
  const Tensor x = apply("aten::t", "", {of(tensor({2, 3}, ramp(6)))}).take();
  int64_t data = 1;
  nx_tensor* out = nullptr;
  contains(fails(NX_ERROR_INVALID_ARGUMENT, nx_tensor_pin(x.get(), &data, &out)), "row-major");
  CHECK(data == 0 && out == nullptr);
}

void unpinned_memory_can_be_resized() {
  const Tensor x = tensor({2}, {1, 2});
  succeeds(resize(x, {100}));
  CHECK(describe(x).element_count == 100);
}

void read_converts() {
  const Tensor x = tensor({2, 2}, {1.5F, -2, 0, 3});
  CHECK(read<double>(x) == (std::vector<double>{1.5, -2, 0, 3}));
  CHECK(read<int64_t>(x) == (std::vector<int64_t>{1, -2, 0, 3}));
  CHECK(read<int32_t>(tensor<int64_t>({2}, {5, -6})) == (std::vector<int32_t>{5, -6}));
  const Tensor half =
      apply("aten::to", "dtype", {of(x), {NX_DTYPE, 0, 0, NX_DTYPE_BFLOAT16}}).take();
  CHECK(describe(half).dtype == NX_DTYPE_BFLOAT16);
  near(read(half), {1.5F, -2, 0, 3});
  uint16_t bits[4];
  succeeds(nx_tensor_read(half.get(), NX_DTYPE_BFLOAT16, bits, sizeof bits));
  CHECK(bits[0] == 0x3FC0 && bits[1] == 0xC000);
}

void read_of_what_is_not_in_memory_as_it_is() {
  const Tensor x = tensor({2, 3}, {1, 2, 3, 4, 5, 6});
  near(read(apply("aten::t", "", {of(x)}).tensor()), {1, 4, 2, 5, 3, 6});
  const std::vector<int64_t> size{2, 2};
  near(read(apply("aten::expand", "", {of(tensor({2}, {1, 2})), of(size)}).tensor()), {1, 2, 1, 2});
  const Tensor negated = apply("aten::_neg_view", "", {of(x)}).take();
  near(read(negated), {-1, -2, -3, -4, -5, -6});
  CHECK(describe(negated).data == 0);
  int64_t data = 0;
  nx_tensor* out = nullptr;
  fails(NX_ERROR_INVALID_ARGUMENT, nx_tensor_pin(negated.get(), &data, &out));
}

void read_is_exact_about_its_target() {
  const Tensor x = tensor({2}, {1, 2});
  float data[3] = {};
  contains(fails(NX_ERROR_INVALID_ARGUMENT, nx_tensor_read(x.get(), NX_DTYPE_FLOAT32, data, 12)),
           "expected 8 bytes, got 12");
  fails(NX_ERROR_INVALID_ARGUMENT, nx_tensor_read(x.get(), NX_DTYPE_FLOAT32, data, -8));
  fails(NX_ERROR_INVALID_ARGUMENT, nx_tensor_read(x.get(), NX_DTYPE_OTHER, data, 8));
  fails(NX_ERROR_INVALID_ARGUMENT, nx_tensor_read(x.get(), NX_DTYPE_FLOAT32, nullptr, 8));
  // Not aligned: still right, with conversion and without.
  char bytes[17];
  float value = 0;
  succeeds(nx_tensor_read(x.get(), NX_DTYPE_FLOAT32, bytes + 1, 8));
  std::memcpy(&value, bytes + 5, sizeof value);
  CHECK(value == 2);
  succeeds(nx_tensor_read(x.get(), NX_DTYPE_FLOAT64, bytes + 1, 16));
  double wide = 0;
  std::memcpy(&wide, bytes + 9, sizeof wide);
  CHECK(wide == 2);
}

nx_error* write(const Tensor& x, int32_t dtype, const void* data, int64_t byte_length) {
  return nx_tensor_write(x.get(), dtype, data, byte_length);
}

void write_converts() {
  const Tensor x = tensor({2, 2}, {0, 0, 0, 0});
  const double data[] = {1.5, -2, 0, 3};
  succeeds(write(x, NX_DTYPE_FLOAT64, data, sizeof data));
  near(read(x), {1.5F, -2, 0, 3});
  const Tensor transposed = apply("aten::t", "", {of(x)}).take();
  succeeds(write(transposed, NX_DTYPE_FLOAT64, data, sizeof data));
  near(read(x), {1.5F, 0, -2, 3});
  contains(fails(NX_ERROR_INVALID_ARGUMENT, write(x, NX_DTYPE_FLOAT32, data, 12)),
           "expected 16 bytes, got 12");
  fails(NX_ERROR_INVALID_ARGUMENT, write(x, NX_DTYPE_FLOAT64, nullptr, sizeof data));
  contains(fails(NX_ERROR_INVALID_ARGUMENT,
                 write(x, NX_DTYPE_FLOAT32, reinterpret_cast<const char*>(data) + 1, 16)),
           "not aligned");
  const Tensor empty = tensor({0}, {});
  succeeds(write(empty, NX_DTYPE_FLOAT32, nullptr, 0));
}

Tensor quantised(int64_t dtype) {
  return apply("aten::quantize_per_tensor", "",
               {of(tensor({3}, {-1, 0, 2})), of(0.5), of(int64_t{3}), {NX_DTYPE, 0, 0, dtype}})
      .take();
}

void quantised_elements() {
  const Tensor x = quantised(NX_DTYPE_QUINT8);
  CHECK(describe(x).dtype == NX_DTYPE_QUINT8 && describe(x).element_size == 1);
  near(read(x), {-1, 0, 2});
  uint8_t stored[3];
  succeeds(nx_tensor_read(x.get(), NX_DTYPE_QUINT8, stored, sizeof stored));
  CHECK(stored[0] == 1 && stored[1] == 3 && stored[2] == 7);
  contains(fails(NX_ERROR_INVALID_ARGUMENT,
                 nx_tensor_read(x.get(), NX_DTYPE_QINT8, stored, sizeof stored)),
           "of that very dtype");
  int64_t size = 3;
  nx_tensor* out = nullptr;
  for (const int32_t dtype : {NX_DTYPE_QINT8, NX_DTYPE_QUINT8, NX_DTYPE_QINT32}) {
    CHECK(describe(quantised(dtype)).dtype == dtype);
    alignas(64) char data[16] = {};
    contains(
        fails(NX_ERROR_INVALID_ARGUMENT, nx_tensor_empty(dtype, NX_DEVICE_CPU, -1, &size, 1, &out)),
        "can't be made of memory alone");
    fails(NX_ERROR_INVALID_ARGUMENT, nx_tensor_wrap(data, 12, dtype, &size, 1, &out));
    fails(NX_ERROR_INVALID_ARGUMENT,
          write(x, dtype, data, describe(quantised(dtype)).element_size * 3));
  }
}

bool same(const Tensor& one, const Tensor& other) {
  int32_t out = -1;
  succeeds(nx_tensor_same(one.get(), other.get(), &out));
  return out != 0;
}

void sameness_is_of_bits() {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Tensor x = tensor({2}, {nan, 0});
  CHECK(same(x, x) && same(x, tensor({2}, {nan, 0})));
  CHECK(!same(x, tensor({2}, {nan, -0.0F})) && !same(x, tensor({1, 2}, {nan, 0})));
  CHECK(!same(tensor({1}, {1}), tensor<int32_t>({1}, {1})));
  const Tensor row = tensor({2, 2}, {1, 2, 3, 4});
  CHECK(same(apply("aten::t", "", {of(row)}).take(), tensor({2, 2}, {1, 3, 2, 4})));
  CHECK(same(apply("aten::_neg_view", "", {of(row)}).take(), tensor({2, 2}, {-1, -2, -3, -4})));
  CHECK(same(quantised(NX_DTYPE_QINT8), quantised(NX_DTYPE_QINT8)));
  const Tensor wide = tensor<double>({1}, {1});
  const Tensor complex = apply("aten::complex", "", {of(wide), of(wide)}).take();
  CHECK(same(complex, complex));
}

void complex_elements_are_not_read_as_real() {
  const Tensor x = tensor({1}, {1});
  const Tensor complex = apply("aten::complex", "", {of(x), of(x)}).take();
  float data[2];
  contains(
      fails(NX_ERROR_INVALID_ARGUMENT, nx_tensor_read(complex.get(), NX_DTYPE_FLOAT32, data, 4)),
      "view_as_real");
  succeeds(nx_tensor_read(complex.get(), NX_DTYPE_COMPLEX64, data, sizeof data));
  CHECK(data[0] == 1 && data[1] == 1);
}

}  // namespace

int main() {
  RUN(empty_is_row_major);
  RUN(scalars_and_empty_tensors);
  RUN(sizes_are_checked);
  RUN(wrap_views_memory);
  RUN(share_is_a_second_handle);
  RUN(moving_to_where_it_is_shares);
  RUN(pinned_memory_stays);
  RUN(only_row_major_memory_is_pinned);
  RUN(unpinned_memory_can_be_resized);
  RUN(read_converts);
  RUN(read_of_what_is_not_in_memory_as_it_is);
  RUN(read_is_exact_about_its_target);
  RUN(write_converts);
  RUN(quantised_elements);
  RUN(sameness_is_of_bits);
  RUN(complex_elements_are_not_read_as_real);
}
