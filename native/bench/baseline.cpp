// What plain C++ reaches on libtorch with a TorchScript file: the measure of what `narthex` adds.
// Written on libtorch's own interface, not on the shim.
//
//   baseline MODEL [--input 1x3x224x224] [--recipe eager|onednn-graph+bf16+channels-last]
//            [--threads 2] [--iterations 50] [--turns]
//
// Prints JSON with times in milliseconds. With --turns it reads lines `turn N` instead and answers
// each with a line of N samples, so that a script can alternate it with another program; the JSON
// comes after a line `end`.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/jit/codegen/onednn/interface.h>
#include <torch/csrc/jit/serialization/import.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <numeric>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

// Runs before anything is measured: the profiling run, the compiling one, and a few to settle.
constexpr int kWarmUp = 12;

struct Options {
  std::string model;
  std::vector<int64_t> input{1, 3, 224, 224};
  bool fused = false;
  int threads = 2;
  int iterations = 50;
  bool turns = false;
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

class Runner {
 public:
  explicit Runner(const Options& options)
      : fused_(options.fused), module_(torch::jit::load(options.model, at::Device(at::kCPU))) {
    module_.eval();
    if (fused_) module_ = fused_form(module_);
    const int64_t count = c10::multiply_integers(options.input);
    input_ = at::arange(count, at::kFloat).mul(0.01).sin().view(options.input);
    for (int i = 0; i < kWarmUp; ++i) run();
  }

  // One inference, float32 in and out; milliseconds.
  double run() {
    const c10::InferenceMode inference;
    const auto start = std::chrono::steady_clock::now();
    at::Tensor output;
    if (fused_) {
      at::Tensor x = input_.to(at::kBFloat16);
      if (x.dim() == 4) x = x.contiguous(at::MemoryFormat::ChannelsLast);
      output = module_.forward({x}).toTensor().to(at::kFloat);
    } else {
      output = module_.forward({input_}).toTensor();
    }
    const auto end = std::chrono::steady_clock::now();
    return std::chrono::duration<double, std::milli>(end - start).count();
  }

 private:
  bool fused_;
  torch::jit::Module module_;
  at::Tensor input_;
};

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

void serve_turns(Runner& runner, std::vector<double>& samples) {
  std::cout << "ready" << '\n' << std::flush;
  std::string word;
  for (int count = 0; std::cin >> word && word == "turn" && std::cin >> count;) {
    for (int i = 0; i < count; ++i) {
      samples.push_back(runner.run());
      std::cout << samples.back() << (i + 1 < count ? " " : "");
    }
    std::cout << '\n' << std::flush;
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Options options = parse({argv + 1, argv + argc});
    at::set_num_threads(options.threads);
    Runner runner(options);
    std::vector<double> samples;
    if (options.turns) {
      serve_turns(runner, samples);
    } else {
      for (int i = 0; i < options.iterations; ++i) samples.push_back(runner.run());
    }
    print(samples);
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "baseline: " << e.what() << "\n";
    return 1;
  }
}
