// Generators of random numbers.
#include "support.h"

using namespace test;

namespace {

nx_value value(const nx_generator* generator) {
  return {NX_GENERATOR, 0, 0, reinterpret_cast<int64_t>(generator)};
}

std::vector<float> draw(const nx_generator* generator) {
  const std::vector<int64_t> size{3};
  return read(apply("aten::rand", "generator", {of(size), value(generator)}).tensor());
}

std::string draw_fails(const nx_value& generator) {
  const std::vector<int64_t> size{3};
  nx_value results[1] = {};
  return fails(NX_ERROR_INVALID_ARGUMENT,
               try_apply("aten::rand", "generator", {of(size), generator}, results));
}

void same_seed_same_numbers() {
  nx_generator* one = nullptr;
  nx_generator* other = nullptr;
  succeeds(nx_generator_new(7, &one));
  succeeds(nx_generator_new(7, &other));
  CHECK(nx_live_handles(NX_HANDLE_GENERATOR) == 2);
  const std::vector<float> first = draw(one);
  CHECK(draw(one) != first);
  CHECK(draw(other) == first);
  nx_generator_free(one);
  nx_generator_free(other);
  nx_generator_free(nullptr);
  CHECK(nx_live_handles(NX_HANDLE_GENERATOR) == 0);
}

void mistakes() {
  contains(draw_fails(of(true)), "argument 'generator'");
  contains(draw_fails(value(nullptr)), "generator is NULL");
}

}  // namespace

int main() {
  RUN(same_seed_same_numbers);
  RUN(mistakes);
}
