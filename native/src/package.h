// Models that AOTInductor has compiled, behind a module whose `forward` runs them.
#pragma once

#include <ATen/core/builtin_function.h>
#include <torch/csrc/inductor/aoti_package/model_package_loader.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace nx {

using Constants = std::unordered_map<std::string, at::Tensor>;

class Package {
 public:
  Package(const std::string& path, const std::string& model, at::Device device, size_t runners,
          bool single_threaded);

  // The method of a module of that class, which belongs to the package.
  torch::jit::Function* define_forward(const c10::QualifiedName& owner, const char* const* names,
                                       const int32_t* layouts, int64_t count);

  std::vector<std::string> call_spec() { return loader_.get_call_spec(); }
  std::vector<std::pair<std::string, at::Tensor>> constants();
  void replace(const Constants& given, bool swap);

  // Whether a call can be recorded. Otherwise libtorch gives runners to calls by events, which it
  // asks in each call, and which must be neither asked nor recorded in a recording.
  [[nodiscard]] bool is_recordable() const { return takes_turns_; }

  // While it is held, the constants stay as they are; comes before `turn`, and is held long.
  std::unique_lock<std::mutex> hold_constants() { return std::unique_lock(replacing_); }

  // While it is held, nobody enqueues a call, nor takes other constants into use. Nothing where
  // libtorch sees to that.
  std::unique_lock<std::mutex> turn() {
    return takes_turns_ ? std::unique_lock(running_) : std::unique_lock<std::mutex>();
  }

  // How often constants were replaced, under one of the two: a recording has the addresses of those
  // that it was made with.
  [[nodiscard]] int64_t replacements() const { return replacements_; }

 private:
  void run(torch::jit::Stack& stack);
  Constants placed(const Constants& given);
  [[nodiscard]] std::optional<at::Device> where() const {
    return device_.is_cpu() ? std::nullopt : std::optional(device_);
  }

  const at::Device device_;
  const bool takes_turns_;  // libtorch guards nothing
  std::unique_ptr<torch::jit::Function> forward_;
  std::vector<int32_t> layouts_;  // of the inputs
  std::mutex replacing_;
  std::mutex running_;
  int64_t replacements_ = 0;
  bool is_folded_ = false;  // the constants that are in use, by a call that was waited for
  torch::inductor::AOTIModelPackageLoader loader_;
};

}  // namespace nx
