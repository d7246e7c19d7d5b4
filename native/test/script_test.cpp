// Methods from TorchScript source.
#include "support.h"

using namespace test;

namespace {

Module define(const std::vector<Named>& entries, const std::string& source) {
  const Module module = create(entries);
  nx_module* out = nullptr;
  succeeds(nx_module_define(module.get(), source.c_str(), &out));
  return Module(out);
}

std::string define_fails(int32_t code, const char* source) {
  const Module module = create({});
  nx_module* out = nullptr;
  std::string message = fails(code, nx_module_define(module.get(), source, &out));
  CHECK(out == nullptr);
  return message;
}

void source_with_tensors() {
  std::vector<Named> entries;
  entries.push_back({"layer.weight", tensor({2}, {10, 20})});
  entries.push_back({"steps", tensor<int64_t>({1}, {3}), true});
  const Module module = define(entries, R"(
def scaled(self, x: Tensor, by: float = 2.0) -> Tensor:
    return x * self.layer.weight * by

def forward(self, x):
    return self.scaled(x.relu()) + self.steps
)");
  const Tensor x = tensor({2}, {-1, 1});
  near(read(call(module, {of(x)}).tensor()), {3, 43});
  const TemporaryFile file;
  succeeds(nx_module_save(module.get(), file.path.c_str(), nullptr));
  nx_module* out = nullptr;
  succeeds(nx_module_load(file.path.c_str(), NX_DEVICE_CPU, -1, &out));
  near(read(call(Module(out), {of(x)}).tensor()), {3, 43});
}

void mistakes_show_their_place() {
  const Module module = create({});
  nx_module* out = nullptr;
  nx_error* error =
      nx_module_define(module.get(), "def forward(self, x):\n    return x.rleu()\n", &out);
  CHECK(error != nullptr && nx_error_code(error) == NX_ERROR_MODEL && out == nullptr);
  contains(nx_error_message(error), "rleu");
  contains(nx_error_detail(error), "~~~");
  contains(nx_error_detail(error), "return x.rleu()");
  nx_error_free(error);

  define_fails(NX_ERROR_MODEL, "def forward(self, x)\n    return x\n");
  define_fails(NX_ERROR_MODEL, "def forward(self, x):\n    return self.weight\n");
  define_fails(NX_ERROR_MODEL, "this is no code");
  define_fails(NX_ERROR_MODEL, "def forward(self, x):\n    return y\n");
  define_fails(NX_ERROR_MODEL, "def forward(self, x: Nonsense):\n    return x\n");
}

// `head`, then `part` so many times, then `tail`.
std::string repeated(const std::string& head, const std::string& part, int count,
                     const std::string& tail = "") {
  std::string result = head;
  for (int i = 0; i < count; ++i) result.append(part);
  return result.append(tail);
}

std::string returning(const std::string& head, const std::string& part, int count,
                      const std::string& tail = "") {
  const std::string start = "def forward(self, x):\n    return ";
  return repeated(start, head, 1, repeated("", part, count, tail));
}

// What would take more stack than a thread has.
void depth_is_bounded() {
  std::string blocks = "def forward(self, x):\n";
  for (int i = 1; i < 1000; ++i) blocks.append(static_cast<size_t>(i), ' ').append("if True:\n");
  for (const std::string& source :
       {returning("", "(", 10'000, "x"), returning("", "f(1, ", 10'000, "x"),
        returning("", "-", 10'000, "x"), returning("x", " + x", 10'000),
        returning("x", ".relu()", 10'000), returning("x", ".T", 10'000),
        returning("x", " + \\\n x", 10'000), returning("''' ' '''\n    return ", "(", 10'000),
        repeated("def forward(self, x):\n", "    if True:\n        return x\n", 10'000,
                 "    return x"),
        returning("True", " and True", 10'000), returning("", "not ", 10'000, "True"),
        returning("x", " if True else x", 10'000), blocks,
        repeated("def forward(self, x):\n    if True:\n        x = x\n",
                 "    elif True:\n        x = x\n", 10'000)}) {
    contains(define_fails(NX_ERROR_INVALID_ARGUMENT, source.c_str()), "nests too deeply");
  }
  // What is long but not deep, and what is as deep as allowed.
  const Tensor x = tensor({1}, {1});
  const auto result = [&](const std::string& source) {
    return read(call(define({}, source), {of(x)}).tensor())[0];
  };
  CHECK(result(returning("x", " + x", 95)) == 96);
  CHECK(result(returning("x", ".relu()", 95)) == 1);
  CHECK(result(returning("x if True", " and True", 95, " else -x")) == 1);
  CHECK(result(returning("x + len([", "-1, ", 2000, "1])")) == 2002);
  CHECK(result(returning("x + len('", "((", 1000, "')")) == 2001);
  CHECK(result(repeated("def forward(self, x):\n", "    x = x + 1  # (((\n", 300,
                        "    return x")) == 301);
}

void what_is_refused() {
  contains(define_fails(NX_ERROR_INVALID_ARGUMENT, ""), "defines no method");
  contains(define_fails(NX_ERROR_INVALID_ARGUMENT, nullptr), "source is NULL");
  const Module module = load("identity");
  nx_module* out = nullptr;
  contains(fails(NX_ERROR_INVALID_ARGUMENT, nx_module_define(module.get(), "x", &out)),
           "already has methods");
}

}  // namespace

int main() {
  RUN(source_with_tensors);
  RUN(mistakes_show_their_place);
  RUN(depth_is_bounded);
  RUN(what_is_refused);
}
