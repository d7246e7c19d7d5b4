// Methods from TorchScript source.
#include <torch/csrc/jit/api/module.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>
#include <vector>

#include "compute.h"
#include "handles.h"
#include "module.h"

namespace {

// The parser, the compiler and what runs later recurse into expressions and blocks, on the stack of
// whoever calls them: a few hundred levels end the process where a thread has a megabyte.
constexpr int kMaxDepth = 100;
constexpr int kMaxIndentation = 100;

// An upper bound of how deep source nests, from its letters alone: operators and calls in one
// expression, with those around it, and the branches and returns of a method.
class DepthCheck {
 public:
  void check(const std::string& source) {
    for (size_t i = 0; i < source.size(); ++i) {
      const char c = source[i];
      if (c == '\n') {
        const bool continues = i > 0 && source[i - 1] == '\\';
        if (open_.size() == 1 && !continues) next_expression();
        check_indentation(source, i + 1);
      } else if (c == '#') {
        i = std::min(source.find('\n', i), source.size()) - 1;
      } else if (c == '"' || c == '\'') {
        i = end_of_string(source, i);
      } else if (c == ',') {
        next_expression();
      } else if (c == '.') {
        if (++dots_ > kMaxDepth) fail();
      } else if (std::strchr("([{", c) != nullptr && c != '\0') {
        deeper();
        open_.push_back(0);
      } else if (std::strchr(")]}", c) != nullptr && c != '\0') {
        if (open_.size() > 1) open_.pop_back();
      } else if (std::strchr("+-*/%~&|^<>=!@", c) != nullptr && c != '\0') {
        deeper();
      } else if (is_letter(c)) {
        const size_t start = i;
        while (i + 1 < source.size() && is_letter(source[i + 1])) ++i;
        word(source.substr(start, i + 1 - start));
      }
    }
  }

 private:
  static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  }

  // Of the last quote of the string that begins there; one of three quotes goes over lines.
  static size_t end_of_string(const std::string& source, size_t start) {
    const std::string three(3, source[start]);
    const std::string quotes = source.compare(start, 3, three) == 0 ? three : three.substr(0, 1);
    size_t end = start + quotes.size();
    while (end < source.size() && source.compare(end, quotes.size(), quotes) != 0)
      end += source[end] == '\\' ? 2 : 1;
    return end + quotes.size() - 1;
  }

  void word(const std::string& text) {
    static constexpr std::array kOperators{"and", "or", "not", "if", "in", "is", "for", "lambda"};
    if (std::find(kOperators.begin(), kOperators.end(), text) != kOperators.end()) deeper();
    if (text == "def") branches_ = 0;
    // What follows an if that returns becomes its else.
    if ((text == "elif" || text == "return") && ++branches_ > kMaxDepth) fail();
  }

  static void check_indentation(const std::string& source, size_t start) {
    const size_t first = std::min(source.find_first_not_of(" \t", start), source.size());
    if (first > start + kMaxIndentation) fail();
  }

  void next_expression() {
    open_.back() = 0;
    dots_ = 0;
  }

  void deeper() {
    ++open_.back();
    if (std::accumulate(open_.begin(), open_.end(), 0) > kMaxDepth) fail();
  }

  [[noreturn]] static void fail() {
    nx::invalid_argument(
        "the source nests too deeply: at most " + std::to_string(kMaxDepth) +
        " operators and calls in an expression, as many branches and returns in a method, "
        "and " +
        std::to_string(kMaxIndentation) + " columns of indentation");
  }

  std::vector<int> open_{0};  // operators in each open bracket
  int dots_ = 0;              // in the expression: attributes of attributes
  int branches_ = 0;          // of the method, and its returns
};

}  // namespace

nx_error* nx_module_define(const nx_module* module, const char* source, nx_module** out) noexcept {
  *out = nullptr;
  return nx::guard(
      [&] {
        torch::jit::Module target = nx::require(module, "module").module;
        if (!target.get_methods().empty()) nx::invalid_argument("the module already has methods");
        // The grammar ends a line also where the source ends.
        const std::string text = nx::text(source, "source") + "\n";
        DepthCheck().check(text);
        const nx::ModuleScope scope;
        target.define(text);
        if (target.get_methods().empty())
          nx::invalid_argument("the source defines no method: expected 'def forward(self, ...):'");
        *out = nx::new_module(std::move(target));
      },
      NX_ERROR_MODEL);
}
