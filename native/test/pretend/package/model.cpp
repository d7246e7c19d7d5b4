// The code of a package for the pretended devices, written by hand: y = relu(x w' + b), where w' is
// folded from the constant w at the first run. Around it is libtorch's own runtime of compiled
// models, as it is for CUDA.
//
// With PRETEND_READS_ON_HOST, it waits for its result, as a model does that decides by values.
#include <ATen/ATen.h>
#include <c10/util/accumulate.h>
#include <cuda_runtime_api.h>
#include <torch/csrc/inductor/aoti_runtime/model_container.h>
#include <torch/csrc/inductor/aoti_torch/utils.h>

#include <array>

namespace {

constexpr int64_t kIn = 3;
constexpr int64_t kOut = 2;
constexpr const char* kArguments =
    R"([1, {"type": "builtins.tuple", "context": "null", "children_spec": [)"
    R"({"type": "builtins.tuple", "context": "null", "children_spec": [)"
    R"({"type": null, "context": null, "children_spec": []}]},)"
    R"({"type": "builtins.dict", "context": "[]", "children_spec": []}]}])";
constexpr const char* kResult = R"([1, {"type": null, "context": null, "children_spec": []}])";

// The memory of each constant begins at a multiple of 64 bytes on the device; here they follow each
// other.
struct Constants {
  std::array<float, kOut * kIn> w = {1, 0, 2, 0, 1, -1};
  std::array<float, kOut> b = {0.5F, -0.5F};
};

const at::Tensor& tensor(AtenTensorHandle handle) {
  return *torch::aot_inductor::tensor_handle_to_tensor_pointer(handle);
}

}  // namespace

// Where libtorch's runtime looks for them.
extern "C" {
Constants pretend_constants __asm__("_binary_constants_bin_start");
uint8_t pretend_constants_end[1] __asm__("_binary_constants_bin_end");
}

namespace torch::aot_inductor {

AOTInductorModel::AOTInductorModel(std::shared_ptr<ConstantMap> constants_map,
                                   std::shared_ptr<std::vector<ConstantHandle>> constants_array,
                                   const std::string& device_str,
                                   std::optional<std::string> cubin_dir)
    // It knows no names of devices but CUDA's.
    : AOTInductorModelBase(1, 1, 3, "cuda" + device_str.substr(device_str.find(':')),
                           std::move(cubin_dir), true) {
  device_type_ = aoti_torch_device_type_privateuse1();
  inputs_info_[0].name = "x";
  outputs_info_[0].name = "y";
  const auto describe = [&](size_t i, const char* name, std::vector<int64_t> shape,
                            std::vector<int64_t> stride, bool is_folded) {
    ConstInfo& info = constants_info_[i];
    info.name = info.original_fqn = name;
    info.dtype = aoti_torch_dtype_float32();
    info.device_type = device_type_;
    info.data_size = sizeof(float) * static_cast<size_t>(c10::multiply_integers(shape));
    info.layout = aoti_torch_layout_strided();
    info.from_folded = is_folded;
    info.type =
        static_cast<int32_t>(is_folded ? ConstantType::FoldedConstant : ConstantType::Parameter);
    info.shape = std::move(shape);
    info.stride = std::move(stride);
  };
  describe(0, "w", {kOut, kIn}, {kIn, 1}, false);
  describe(1, "b", {kOut}, {1}, false);
  describe(2, "_FOLDED_w", {kIn, kOut}, {kOut, 1}, true);
  in_spec_ = kArguments;
  out_spec_ = kResult;
  update_constants_map(std::move(constants_map));
  update_constants_array(std::move(constants_array));
}

std::unordered_map<std::string, AtenTensorHandle> AOTInductorModel::const_run_impl(
    DeviceStreamType /*stream*/, AOTIProxyExecutorHandle /*proxy_executor*/,
    bool /*initialization*/) {
  return {{"_FOLDED_w", new_tensor_handle(tensor(constants_->at(0)).t().contiguous())}};
}

void AOTInductorModel::run_impl(AtenTensorHandle* input_handles, AtenTensorHandle* output_handles,
                                DeviceStreamType /*stream*/,
                                AOTIProxyExecutorHandle /*proxy_executor*/) {
  const auto inputs = steal_from_raw_handles_to_raii_handles(input_handles, 1);
  at::Tensor y =
      at::relu(at::addmm(tensor(constants_->at(1)), tensor(inputs[0]), tensor(constants_->at(2))));
#ifdef PRETEND_READS_ON_HOST
  TORCH_CHECK(y.sum().item<float>() >= 0, "negative");
#endif
  output_handles[0] = new_tensor_handle(std::move(y));
}

}  // namespace torch::aot_inductor

// The interface that libtorch's runners call, as much of it as they need.
namespace {

using torch::aot_inductor::AOTInductorModelContainer;

thread_local std::string last_error;  // NOLINT(*-avoid-non-const-global-variables)

AOTInductorModelContainer& container(AOTInductorModelContainerHandle handle) {
  return *reinterpret_cast<AOTInductorModelContainer*>(handle);
}

cudaStream_t stream(AOTInductorStreamHandle handle) {
  return reinterpret_cast<cudaStream_t>(handle);
}

const std::unordered_map<std::string, AtenTensorHandle>& map_of(
    AOTInductorConstantMapHandle handle) {
  return *reinterpret_cast<std::unordered_map<std::string, AtenTensorHandle>*>(handle);
}

template <class Body>
AOTIRuntimeError guarded(Body body) {
  const c10::InferenceMode mode;
  try {
    body();
    return AOTI_RUNTIME_SUCCESS;
  } catch (const c10::Error& error) {
    last_error = error.what_without_backtrace();
  } catch (const std::exception& error) {
    last_error = error.what();
  }
  return AOTI_RUNTIME_FAILURE;
}

}  // namespace

extern "C" {

AOTIRuntimeError AOTInductorGetLastError(const char** error_msg) {
  *error_msg = last_error.c_str();
  return AOTI_RUNTIME_SUCCESS;
}

AOTIRuntimeError AOTInductorModelContainerCreateWithDevice(
    AOTInductorModelContainerHandle* container_handle, size_t num_models, const char* device_str,
    const char* cubin_dir) {
  return guarded([&] {
    *container_handle = reinterpret_cast<AOTInductorModelContainerHandle>(
        new AOTInductorModelContainer(num_models, device_str, cubin_dir));
  });
}

AOTIRuntimeError AOTInductorModelContainerDelete(AOTInductorModelContainerHandle handle) {
  return guarded([&] { delete &container(handle); });
}

AOTIRuntimeError AOTInductorModelContainerRun(AOTInductorModelContainerHandle handle,
                                              AtenTensorHandle* inputs, size_t /*num_inputs*/,
                                              AtenTensorHandle* outputs, size_t /*num_outputs*/,
                                              AOTInductorStreamHandle stream_handle,
                                              AOTIProxyExecutorHandle proxy) {
  return guarded([&] { container(handle).run(inputs, outputs, stream(stream_handle), proxy); });
}

AOTIRuntimeError AOTInductorModelContainerRunSingleThreaded(
    AOTInductorModelContainerHandle handle, AtenTensorHandle* inputs, size_t /*num_inputs*/,
    AtenTensorHandle* outputs, size_t /*num_outputs*/, AOTInductorStreamHandle stream_handle,
    AOTIProxyExecutorHandle proxy) {
  return guarded([&] {
    container(handle).run_single_threaded(inputs, outputs, stream(stream_handle), proxy);
  });
}

AOTIRuntimeError AOTInductorModelContainerGetNumOutputs(AOTInductorModelContainerHandle handle,
                                                        size_t* count) {
  return guarded([&] { *count = container(handle).num_outputs(); });
}

AOTIRuntimeError AOTInductorModelContainerGetNumConstants(AOTInductorModelContainerHandle handle,
                                                          size_t* count) {
  return guarded([&] { *count = container(handle).num_constants(); });
}

AOTIRuntimeError AOTInductorModelContainerGetConstantName(AOTInductorModelContainerHandle handle,
                                                          size_t index, const char** name) {
  return guarded([&] { *name = container(handle).constant_name(index); });
}

AOTIRuntimeError AOTInductorModelContainerGetConstantOriginalFQN(
    AOTInductorModelContainerHandle handle, size_t index, const char** name) {
  return guarded([&] { *name = container(handle).constant_original_fqn(index); });
}

AOTIRuntimeError AOTInductorModelContainerGetConstantDtype(AOTInductorModelContainerHandle handle,
                                                           size_t index, int32_t* dtype) {
  return guarded([&] { *dtype = container(handle).constant_dtype(index); });
}

AOTIRuntimeError AOTInductorModelContainerExtractConstantsMap(
    AOTInductorModelContainerHandle handle, AOTInductorConstantMapHandle constants,
    bool use_inactive) {
  return guarded([&] {
    auto& map = *reinterpret_cast<std::unordered_map<std::string, AtenTensorHandle>*>(constants);
    for (const auto& [name, tensor] : container(handle).extract_constants_map(use_inactive))
      map.emplace(name, tensor);
  });
}

AOTIRuntimeError AOTInductorModelContainerUpdateUserManagedConstantBuffer(
    AOTInductorModelContainerHandle handle, AOTInductorConstantMapHandle constants,
    bool use_inactive, bool validate) {
  return guarded([&] {
    container(handle).update_constant_buffer(map_of(constants), use_inactive, validate, true);
  });
}

AOTIRuntimeError AOTInductorModelContainerUpdateConstantBuffer(
    AOTInductorModelContainerHandle handle, AOTInductorConstantMapHandle constants,
    bool use_inactive, bool validate) {
  return guarded(
      [&] { container(handle).update_constant_buffer(map_of(constants), use_inactive, validate); });
}

AOTIRuntimeError AOTInductorModelContainerUpdateInactiveConstantBuffer(
    AOTInductorModelContainerHandle handle, AOTInductorConstantMapHandle constants) {
  return AOTInductorModelContainerUpdateConstantBuffer(handle, constants, true, true);
}

AOTIRuntimeError AOTInductorModelContainerFreeInactiveConstantBuffer(
    AOTInductorModelContainerHandle handle) {
  return guarded([&] { container(handle).free_inactive_constant_buffer(); });
}

AOTIRuntimeError AOTInductorModelContainerRunConstantFolding(AOTInductorModelContainerHandle handle,
                                                             bool use_inactive,
                                                             AOTInductorStreamHandle stream_handle,
                                                             AOTIProxyExecutorHandle proxy) {
  return guarded(
      [&] { container(handle).run_const_fold(use_inactive, stream(stream_handle), proxy); });
}

AOTIRuntimeError AOTInductorModelContainerSwapConstantBuffer(
    AOTInductorModelContainerHandle handle) {
  return guarded([&] { container(handle).swap_constant_buffer(); });
}

AOTIRuntimeError AOTInductorModelContainerGetCallSpec(AOTInductorModelContainerHandle handle,
                                                      const char** in_spec, const char** out_spec) {
  return guarded([&] {
    *in_spec = container(handle).get_in_spec();
    *out_spec = container(handle).get_out_spec();
  });
}
}
