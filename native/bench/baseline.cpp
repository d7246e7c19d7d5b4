// What plain C++ reaches on libtorch with a TorchScript file or an AOTInductor package: the measure
// of what `narthex` adds. Written on libtorch's own interface, not on the shim.
//
//   baseline MODEL [--input 1x3x224x224] [--recipe eager|onednn-graph+bf16+channels-last]
//            [--threads 2] [--iterations 50] [--turns|--reloads]
//
// MODEL is a package if its name ends in .pt2, or it is a directory; that takes no other recipe
// than eager, and needs a libtorch.so (LD_PRELOAD=target/native/libnarthex_torch.so). Prints JSON
// with times in milliseconds. With --turns it does what turns.sh says instead, so that a script can
// alternate it with another program; the JSON comes after a line `end`. With --reloads it answers
// each line `reload N` when it has loaded, run and closed the model N times.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/inductor/aoti_package/model_package_loader.h>
#include <torch/csrc/jit/codegen/onednn/interface.h>
#include <torch/csrc/jit/serialization/import.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <numeric>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

// Runs before anything is measured: the profiling run, the compiling one, and a few to settle.
constexpr int kWarmUp = 12;
// More of them before the first turn: what a JVM takes to compile the loop around a small model.
constexpr std::chrono::seconds kSettling(2);

// One inference, float32 in and out.
using Inference = std::function<void()>;

struct Options {
  std::string model;
  std::vector<int64_t> input{1, 3, 224, 224};
  bool fused = false;
  int threads = 2;
  int iterations = 50;
  bool turns = false;
  bool reloads = false;
};

std::vector<int64_t> parse_shape(const std::string& text) {
  std::vector<int64_t> shape;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, 'x');) shape.push_back(std::stoll(part));
  return shape;
}

Options parse(const std::vector<std::string>& arguments) {
  Options options;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& name = arguments[i];
    const auto value = [&] {
      if (++i == arguments.size()) throw std::invalid_argument(name + " needs a value");
      return arguments[i];
    };
    if (name == "--input") {
      options.input = parse_shape(value());
    } else if (name == "--recipe") {
      const std::string recipe = value();
      options.fused = recipe == "onednn-graph+bf16+channels-last";
      if (!options.fused && recipe != "eager")
        throw std::invalid_argument("no recipe here: " + recipe);
    } else if (name == "--threads") {
      options.threads = std::stoi(value());
    } else if (name == "--iterations") {
      options.iterations = std::stoi(value());
    } else if (name == "--turns") {
      options.turns = true;
    } else if (name == "--reloads") {
      options.reloads = true;
    } else if (options.model.empty()) {
      options.model = name;
    } else {
      throw std::invalid_argument("not understood: " + name);
    }
  }
  if (options.model.empty()) throw std::invalid_argument("usage: baseline MODEL [OPTION...]");
  return options;
}

// bf16 weights, channels last, frozen; integer tensors stay what they are.
torch::jit::Module fused_form(const torch::jit::Module& module) {
  const at::NoGradGuard no_grad;
  const auto convert = [](const at::Tensor& tensor) {
    if (!tensor.is_floating_point()) return;
    at::Tensor changed = tensor.to(at::kBFloat16);
    if (changed.dim() == 4) changed = changed.contiguous(at::MemoryFormat::ChannelsLast);
    tensor.set_data(changed);
  };
  for (const at::Tensor& parameter : module.parameters()) convert(parameter);
  for (const at::Tensor& buffer : module.buffers()) convert(buffer);
  torch::jit::RegisterLlgaFuseGraph::setEnabled(true);
  return torch::jit::freeze(module);
}

at::Tensor make_input(const Options& options) {
  const int64_t count = c10::multiply_integers(options.input);
  return at::arange(count, at::kFloat).mul(0.01).sin().view(options.input);
}

Inference script(const Options& options) {
  auto module = torch::jit::load(options.model, at::Device(at::kCPU));
  module.eval();
  const at::Tensor input = make_input(options);
  if (!options.fused)
    return [module, input]() mutable { at::Tensor output = module.forward({input}).toTensor(); };
  return [module = fused_form(module), input]() mutable {
    at::Tensor x = input.to(at::kBFloat16);
    if (x.dim() == 4) x = x.contiguous(at::MemoryFormat::ChannelsLast);
    at::Tensor output = module.forward({x}).toTensor().to(at::kFloat);
  };
}

Inference package(const Options& options) {
  if (options.fused) throw std::invalid_argument("a package takes no recipe");
  auto loader = std::make_shared<torch::inductor::AOTIModelPackageLoader>(options.model);
  const std::vector<at::Tensor> inputs{make_input(options)};
  return [loader, inputs] { std::vector<at::Tensor> outputs = loader->run(inputs); };
}

Inference load(const Options& options) {
  // libtorch takes a directory with the contents of a package too.
  const std::filesystem::path path(options.model);
  const bool is_package = path.extension() == ".pt2" || std::filesystem::is_directory(path);
  return is_package ? package(options) : script(options);
}

// The mean of so many runs one after the other, in milliseconds.
double sample(const Inference& infer, int runs) {
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < runs; ++i) {
    const c10::InferenceMode inference;
    infer();
  }
  const auto end = std::chrono::steady_clock::now();
  return std::chrono::duration<double, std::milli>(end - start).count() / runs;
}

int64_t peak_rss_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind("VmHWM:", 0) == 0) return std::stoll(line.substr(6)) * 1024;
  return 0;
}

void print(std::vector<double> samples) {
  if (samples.empty()) samples.push_back(0);
  std::sort(samples.begin(), samples.end());
  const auto rank = [&](double p) {
    return samples[static_cast<size_t>(p * static_cast<double>(samples.size() - 1))];
  };
  const double sum = std::accumulate(samples.begin(), samples.end(), 0.0);
  std::cout << "{\"p50\": " << rank(0.5) << ", \"p90\": " << rank(0.9)
            << ", \"mean\": " << sum / static_cast<double>(samples.size())
            << ", \"samples\": " << samples.size() << ", \"peak_rss_bytes\": " << peak_rss_bytes()
            << "}" << '\n'
            << std::flush;
}

void serve_turns(const Inference& infer, std::vector<double>& samples) {
  const auto end = std::chrono::steady_clock::now() + kSettling;
  while (std::chrono::steady_clock::now() < end) sample(infer, 1);
  std::cout << "ready" << '\n' << std::flush;
  std::string word;
  for (int count = 0, runs = 0; std::cin >> word && word == "turn" && std::cin >> count >> runs;) {
    for (int i = 0; i < count; ++i) {
      samples.push_back(sample(infer, runs));
      std::cout << samples.back() << (i + 1 < count ? " " : "");
    }
    std::cout << '\n' << std::flush;
  }
}

void serve_reloads(const Options& options) {
  std::cout << "ready" << '\n' << std::flush;
  std::string word;
  for (int count = 0; std::cin >> word && word == "reload" && std::cin >> count;) {
    for (int i = 0; i < count; ++i) sample(load(options), 1);
    std::cout << "done" << '\n' << std::flush;
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Options options = parse({argv + 1, argv + argc});
    at::set_num_threads(options.threads);
    if (options.reloads) {
      serve_reloads(options);
      return 0;
    }
    const Inference infer = load(options);
    sample(infer, kWarmUp);
    std::vector<double> samples;
    if (options.turns) {
      serve_turns(infer, samples);
    } else {
      for (int i = 0; i < options.iterations; ++i) samples.push_back(sample(infer, 1));
    }
    print(samples);
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "baseline: " << e.what() << "\n";
    return 1;
  }
}
