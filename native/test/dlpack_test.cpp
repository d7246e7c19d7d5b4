// Tensors that other libraries share: who owns them, in both directions.
#include <array>

#include "support.h"

using namespace test;

namespace {

// The structures of DLPack 1, as another library would have them.
constexpr int32_t kCpu = 1;
constexpr uint8_t kFloat = 2;
constexpr uint64_t kReadOnly = 1;

struct DLTensor {
  void* data;
  int32_t device_type;
  int32_t device_id;
  int32_t ndim;
  uint8_t code;
  uint8_t bits;
  uint16_t lanes;
  int64_t* shape;
  int64_t* strides;
  uint64_t byte_offset;
};

struct DLManagedTensor {
  DLTensor dl_tensor;
  void* manager;
  void (*deleter)(DLManagedTensor*);
};

struct DLManagedTensorVersioned {
  uint32_t major;
  uint32_t minor;
  void* manager;
  void (*deleter)(DLManagedTensorVersioned*);
  uint64_t flags;
  DLTensor dl_tensor;
};

template <class Managed>
Managed* exported(const Tensor& tensor) {
  void* out = nullptr;
  succeeds(
      nx_tensor_to_dlpack(tensor.get(), std::is_same_v<Managed, DLManagedTensorVersioned>, &out));
  return static_cast<Managed*>(out);
}

// The elements live until the taker calls the deleter.
template <class Managed>
void out() {
  Managed* managed = nullptr;
  {
    const Tensor x = tensor({2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6});
    managed = exported<Managed>(x);
    CHECK(managed->dl_tensor.data == reinterpret_cast<void*>(describe(x).data));
  }
  CHECK(nx_live_handles(NX_HANDLE_TENSOR) == 0);
  const DLTensor& seen = managed->dl_tensor;
  CHECK(seen.ndim == 2 && seen.shape[0] == 2 && seen.shape[1] == 3);
  CHECK(seen.code == kFloat && seen.bits == 32 && seen.device_type == kCpu);
  CHECK(static_cast<const float*>(seen.data)[5] == 6);
  managed->deleter(managed);
}

int deleted = 0;

// What another library would hand over.
template <class Managed>
struct Foreign {
  std::vector<float> data{1, 2, 3, 4};
  std::array<int64_t, 2> shape{2, 2};
  Managed managed{};

  Foreign() {
    DLTensor& tensor = managed.dl_tensor;
    tensor.data = data.data();
    tensor.device_type = kCpu;
    tensor.ndim = 2;
    tensor.code = kFloat;
    tensor.bits = 32;
    tensor.lanes = 1;
    tensor.shape = shape.data();
    managed.deleter = [](Managed*) { ++deleted; };
    if constexpr (std::is_same_v<Managed, DLManagedTensorVersioned>) managed.major = 1;
  }
};

template <class Managed>
void in() {
  constexpr bool kVersioned = std::is_same_v<Managed, DLManagedTensorVersioned>;
  deleted = 0;
  Foreign<Managed> foreign;
  {
    nx_tensor* taken = nullptr;
    succeeds(nx_tensor_from_dlpack(&foreign.managed, kVersioned, &taken));
    const Tensor x(taken);
    CHECK(read(x) == foreign.data);
    foreign.data[3] = 40;
    CHECK(read(x)[3] == 40);
    const Tensor view = apply("aten::t", "", {of(x)}).take();
    CHECK(deleted == 0);
  }
  CHECK(deleted == 1);
}

void mistakes() {
  std::vector<float> mine{1, 2};
  const Tensor borrowed = wrap(mine, {2});
  void* out = nullptr;
  contains(fails(NX_ERROR_INVALID_ARGUMENT, nx_tensor_to_dlpack(borrowed.get(), 1, &out)), "clone");
  CHECK(out == nullptr);
  nx_tensor* tensor = nullptr;
  fails(NX_ERROR_INVALID_ARGUMENT, nx_tensor_from_dlpack(nullptr, 1, &tensor));
  deleted = 0;
  Foreign<DLManagedTensorVersioned> newer;
  newer.managed.major = 2;
  contains(fails(NX_ERROR_INVALID_ARGUMENT, nx_tensor_from_dlpack(&newer.managed, 1, &tensor)),
           "version");
  Foreign<DLManagedTensorVersioned> constant;
  constant.managed.flags = kReadOnly;
  contains(fails(NX_ERROR_INVALID_ARGUMENT, nx_tensor_from_dlpack(&constant.managed, 1, &tensor)),
           "read-only");
  CHECK(tensor == nullptr && deleted == 0);
  nx_dlpack_free(&constant.managed, 1);
  CHECK(deleted == 1);
  nx_dlpack_free(nullptr, 0);
}

}  // namespace

int main() {
  RUN(out<DLManagedTensor>);
  RUN(out<DLManagedTensorVersioned>);
  RUN(in<DLManagedTensor>);
  RUN(in<DLManagedTensorVersioned>);
  RUN(mistakes);
}
