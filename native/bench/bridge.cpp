// What BridgeBenchmark.java measures, in C++ on libtorch's own interface: the measure of what the
// bridge adds. Prints one line of JSON: nanoseconds for each, the median of several rounds.
//
//   bridge MLP.pt
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/jit/serialization/import.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

namespace {

constexpr int64_t kImage = int64_t{3} * 224 * 224;
constexpr int kRounds = 9;
constexpr auto kRoundTime = std::chrono::milliseconds(300);

// Keeps the optimiser from leaving out what is measured.
template <class T>
void use(T&& value) {
  asm volatile("" : : "g"(&value) : "memory");
}

double nanoseconds(const std::function<void()>& body) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> rounds;
  for (int round = 0; round < kRounds; ++round) {
    int64_t count = 0;
    const auto start = Clock::now();
    auto end = start;
    while (end - start < kRoundTime) {
      for (int i = 0; i < 20; ++i) body();
      count += 20;
      end = Clock::now();
    }
    const std::chrono::duration<double, std::nano> time = end - start;
    rounds.push_back(time.count() / static_cast<double>(count));
  }
  std::nth_element(rounds.begin(), rounds.begin() + kRounds / 2, rounds.end());
  return rounds[kRounds / 2];
}

void report(const char* name, const std::function<void()>& body, const char* separator = ", ") {
  std::cout << '"' << name << "\": " << nanoseconds(body) << separator << std::flush;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: bridge MLP.pt\n";
    return 2;
  }
  try {
    at::set_num_threads(1);
    const c10::InferenceMode inference;
    const at::Tensor one = at::ones({1});
    const at::Tensor two = at::full({1}, 2.0F);
    const at::Tensor pixels = at::zeros({kImage});
    const std::vector<float> array(static_cast<size_t>(kImage));
    std::vector<float> target(static_cast<size_t>(kImage));
    torch::jit::Module mlp = torch::jit::load(argv[1], at::Device(at::kCPU));
    const at::Tensor input = at::zeros({1, 784});
    std::vector<float> scores(10);

    std::cout << '{';
    report("add", [&] { use(at::add(one, two)); });
    report("wrap", [&] { use(at::from_blob(pixels.data_ptr(), {1, 3, 224, 224}, at::kFloat)); });
    report("copyIn", [&] {
      const at::Tensor copy = at::empty({1, 3, 224, 224});
      std::memcpy(copy.data_ptr(), array.data(), copy.nbytes());
      use(copy);
    });
    report("memcpy", [&] {
      std::memcpy(target.data(), array.data(), array.size() * sizeof(float));
      use(target);
    });
    report(
        "session",
        [&] {
          const at::Tensor output = mlp.forward({input}).toTensor();
          std::memcpy(scores.data(), output.data_ptr(), output.nbytes());
          use(scores);
        },
        "");
    std::cout << "}\n";
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "bridge: " << e.what() << "\n";
    return 1;
  }
}
