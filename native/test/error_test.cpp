// Errors: codes, one-line messages, libtorch's own words as the detail.
#include "support.h"

using namespace test;

namespace {

void null_arguments_are_named() {
  nx_value result{};
  nx_tensor* out = nullptr;
  nx_module* module = nullptr;
  contains(fails(NX_ERROR_INVALID_ARGUMENT, nx_tensor_share(nullptr, &out)), "tensor is NULL");
  contains(fails(NX_ERROR_INVALID_ARGUMENT, nx_module_load(nullptr, NX_DEVICE_CPU, -1, &module)),
           "path is NULL");
  contains(fails(NX_ERROR_INVALID_ARGUMENT, nx_operator_call(nullptr, nullptr, nullptr, 0, nullptr,
                                                             nullptr, nullptr, nullptr, &result)),
           "operator is NULL");
  contains(fails(NX_ERROR_INVALID_ARGUMENT, nx_session_run(nullptr)), "session is NULL");
  nx_tensor_free(nullptr);
  nx_module_free(nullptr);
  nx_session_free(nullptr);
  nx_trace_free(nullptr);
  nx_error_free(nullptr);
  nx_value_clear(nullptr, 0);
}

void a_huge_tensor_is_out_of_memory() {
  const int64_t sizes[] = {int64_t{1} << 50};
  nx_tensor* out = nullptr;
  contains(fails(NX_ERROR_OUT_OF_MEMORY,
                 nx_tensor_empty(NX_DTYPE_FLOAT32, NX_DEVICE_CPU, -1, sizes, 1, &out)),
           "memory");
  CHECK(out == nullptr);
}

// libtorch wraps what an operator of a model throws into a traceback of many lines.
void an_operator_of_a_model_out_of_memory() {
  const Tensor big = tensor({1}, {1});
  const std::vector<int64_t> huge{int64_t{1} << 50};
  nx_value result{};
  contains(
      fails(NX_ERROR_OUT_OF_MEMORY, try_apply("aten::repeat", "", {of(big), of(huge)}, &result)),
      "memory");
  CHECK(result.kind == NX_NONE);
}

void libtorch_says_why() {
  const Tensor a = tensor({2}, {1, 2});
  const Tensor b = tensor({3}, {1, 2, 3});
  nx_value result{NX_INT, 0, 0, 1};
  contains(fails(NX_ERROR_OPERATOR, try_apply("aten::add", "Tensor", {of(a), of(b)}, &result)),
           "The size of tensor a (2) must match");
  CHECK(result.kind == NX_NONE);
}

void a_model_says_why() {
  contains(call_fails(NX_ERROR_OPERATOR, load("raises"), {of(tensor({1}, {1}))}),
           "this model always raises");
  contains(call_fails(NX_ERROR_OPERATOR, load("mlp"), {of(tensor({1, 7}, ramp(7)))}),
           "mat1 and mat2 shapes cannot be multiplied");
}

void not_in_this_build() {
  const int64_t sizes[] = {1};
  nx_tensor* out = nullptr;
  nx_error* error = nx_tensor_empty(NX_DTYPE_FLOAT32, NX_DEVICE_CUDA, 0, sizes, 1, &out);
  if (error == nullptr) {  // a libtorch with CUDA
    nx_tensor_free(out);
  } else {
    contains(fails(NX_ERROR_UNSUPPORTED, error), "CUDA");
  }
}

void files_that_are_no_models() {
  const std::string formats = std::string(NARTHEX_TEST_MODELS) + "/../formats/";
  for (const char* name : {"absent.pt", "truncated.pt", "version99.pt", "damaged-code.pt",
                           "other.zip", "state_dict.pth", "pickled-module.pth", "tensor.pth",
                           "legacy.pth", "legacy-tar.pth", "plain.pkl", "model.onnx",
                           "torch-export.pt2", "aoti.pt2", "model.safetensors", "model.gguf"}) {
    nx_module* module = nullptr;
    fails(NX_ERROR_MODEL, nx_module_load((formats + name).c_str(), NX_DEVICE_CPU, -1, &module));
    CHECK(module == nullptr);
  }
}

}  // namespace

int main() {
  RUN(null_arguments_are_named);
  RUN(a_huge_tensor_is_out_of_memory);
  RUN(an_operator_of_a_model_out_of_memory);
  RUN(libtorch_says_why);
  RUN(a_model_says_why);
  RUN(not_in_this_build);
  RUN(files_that_are_no_models);
}
