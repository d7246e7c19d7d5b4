#include "split/balance.h"

#include <cmath>
#include <limits>
#include <utility>

namespace nx {
namespace {

constexpr double kSteps = 1000;

// What the best division up to some cut costs: unevenness, then what is handed over.
using Cost = std::pair<double, size_t>;

// The loads before each place, in thousandths of all.
std::vector<double> sums_before(const std::vector<double>& loads) {
  std::vector<double> sums{0};
  for (const double load : loads) sums.push_back(sums.back() + load);
  const double all = sums.back();
  for (double& sum : sums) sum = all > 0 ? std::round(kSteps * sum / all) : 0;
  return sums;
}

}  // namespace

std::vector<size_t> balanced(const std::vector<double>& loads, const std::vector<PossibleCut>& cuts,
                             const std::vector<double>& shares) {
  const std::vector<double> sums = sums_before(loads);
  std::vector<PossibleCut> ends{{0, 0}};
  ends.insert(ends.end(), cuts.begin(), cuts.end());
  ends.push_back({loads.size(), 0});
  const Cost never{std::numeric_limits<double>::infinity(), 0};
  std::vector<Cost> best(ends.size(), never);
  best[0] = {0, 0};
  std::vector<std::vector<size_t>> begins;  // of the part that ends there, for each share
  for (const double share : shares) {
    std::vector<Cost> next(ends.size(), never);
    std::vector<size_t> from(ends.size(), 0);
    for (size_t end = 1; end < ends.size(); ++end) {
      for (size_t begin = 0; begin < end; ++begin) {
        const double load = (sums[ends[end].place] - sums[ends[begin].place]) / share;
        const Cost cost{best[begin].first + load * load, best[begin].second + ends[end].width};
        if (cost >= next[end]) continue;
        next[end] = cost;
        from[end] = begin;
      }
    }
    best = std::move(next);
    begins.push_back(std::move(from));
  }
  std::vector<size_t> chosen(shares.size() - 1);
  size_t end = ends.size() - 1;
  for (size_t part = shares.size() - 1; part > 0; --part) {
    end = begins[part][end];
    chosen[part - 1] = ends[end].place;
  }
  return chosen;
}

}  // namespace nx
