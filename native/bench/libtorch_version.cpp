#include <ATen/ATen.h>
#include <torch/version.h>

#include <iostream>

int main() { std::cout << TORCH_VERSION << " " << at::ones({2}).sum().item<float>() << "\n"; }
