// Modules from memory, and the files saved along with them.
#include <fstream>
#include <iterator>
#include <map>

#include "support.h"

using namespace test;

namespace {

std::vector<char> bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

nx_error* try_load(const std::vector<char>& bytes, nx_module** out) {
  return nx_module_load_bytes(bytes.data(), static_cast<int64_t>(bytes.size()), NX_DEVICE_CPU, -1,
                              out);
}

Module load_bytes(const std::vector<char>& bytes) {
  nx_module* out = nullptr;
  succeeds(try_load(bytes, &out));
  return Module(out);
}

// The bytes may go once the module is loaded.
void from_memory() {
  std::vector<char> bytes = bytes_of(path_of("mlp"));
  const Module module = load_bytes(bytes);
  std::fill(bytes.begin(), bytes.end(), static_cast<char>(0x55));
  bytes = {};
  const Tensor x = tensor({2, 8}, ramp(16));
  near(read(call(module, {of(x)}).tensor()), read(call(load("mlp"), {of(x)}).tensor()), 0);
}

void damaged_memory() {
  const std::vector<char> whole = bytes_of(path_of("mlp"));
  for (size_t length = 0; length < whole.size(); length += 97) {
    // Of exactly that size, so that ASan sees what reads beyond it.
    const std::vector<char> part(whole.begin(), whole.begin() + static_cast<int64_t>(length));
    nx_module* out = nullptr;
    fails(NX_ERROR_MODEL, try_load(part, &out));
    CHECK(out == nullptr);
  }
  nx_module* out = nullptr;
  fails(NX_ERROR_INVALID_ARGUMENT, nx_module_load_bytes(nullptr, 5, NX_DEVICE_CPU, -1, &out));
  fails(NX_ERROR_INVALID_ARGUMENT, nx_module_load_bytes(whole.data(), -1, NX_DEVICE_CPU, -1, &out));
}

void devices() {
  nx_module* out = nullptr;
  const std::string path = path_of("mlp");
  contains(fails(NX_ERROR_UNSUPPORTED, nx_module_load(path.c_str(), NX_DEVICE_CUDA, 99, &out)),
           "there is no device cuda:99");
  contains(fails(NX_ERROR_INVALID_ARGUMENT, nx_module_load(path.c_str(), 77, 0, &out)),
           "unknown device code 77");
  // A file saved on a GPU, here on a machine that may have none.
  const Tensor x = tensor({2, 8}, ramp(16));
  near(read(call(load("../modules/saved-on-cuda"), {of(x)}).tensor()),
       read(call(load("mlp"), {of(x)}).tensor()), 0);
}

std::map<std::string, std::string> files_of(const Output& dict) {
  CHECK(dict.kind() == NX_DICT);
  std::map<std::string, std::string> files;
  for (size_t i = 0; i < static_cast<size_t>(dict.length()); ++i)
    files[text(dict[2 * i])] = text(dict[2 * i + 1]);
  return files;
}

void extra_files() {
  const std::string binary("\0\xff\0", 3);
  const std::string names[] = {"labels.txt", "folder/table.bin", "empty"};
  const std::string contents[] = {"cat\ndog", binary, ""};
  std::vector<nx_value> items;
  for (size_t i = 0; i < 3; ++i) {
    items.push_back(of(names[i]));
    items.push_back(of(contents[i]));
  }
  const nx_value dict = sequence(NX_DICT, items);
  const Module module = load("mlp");
  const TemporaryFile file;
  succeeds(nx_module_save(module.get(), file.path.c_str(), &dict));
  Output read_back;
  succeeds(nx_extra_files(file.path.c_str(), read_back.out()));
  const std::map<std::string, std::string> expected{
      {"labels.txt", "cat\ndog"}, {"folder/table.bin", binary}, {"empty", ""}};
  CHECK(files_of(read_back) == expected);
  const std::vector<char> bytes = bytes_of(file.path);
  Output from_bytes;
  succeeds(
      nx_extra_files_of_bytes(bytes.data(), static_cast<int64_t>(bytes.size()), from_bytes.out()));
  CHECK(files_of(from_bytes) == expected);
  const Module loaded = load_bytes(bytes);
  const Tensor x = tensor({2, 8}, ramp(16));
  near(read(call(loaded, {of(x)}).tensor()), read(call(module, {of(x)}).tensor()), 0);

  Output none;
  succeeds(nx_extra_files(path_of("mlp").c_str(), none.out()));
  CHECK(none.kind() == NX_DICT && none.length() == 0);
}

void mistakes_with_extra_files() {
  const Module module = load("mlp");
  const TemporaryFile file;
  const std::string name = "a";
  const nx_value number = of(int64_t{1});
  for (const std::vector<nx_value>& items : {std::vector<nx_value>{of(name), number},
                                             {number, of(name)},
                                             {of(std::string()), of(name)}}) {
    const nx_value dict = sequence(NX_DICT, items);
    fails(NX_ERROR_INVALID_ARGUMENT, nx_module_save(module.get(), file.path.c_str(), &dict));
  }
  fails(NX_ERROR_INVALID_ARGUMENT, nx_module_save(module.get(), file.path.c_str(), &number));
  Output out;
  fails(NX_ERROR_MODEL, nx_extra_files("/nonexistent.pt", out.out()));
  fails(NX_ERROR_MODEL, nx_extra_files_of_bytes("PK", 2, out.out()));
}

}  // namespace

int main() {
  RUN(from_memory);
  RUN(damaged_memory);
  RUN(devices);
  RUN(extra_files);
  RUN(mistakes_with_extra_files);
}
