// Which cuts divide a row of loads best.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace nx {

struct PossibleCut {
  size_t place;
  size_t width;  // how many values are handed over there
};

// Cuts that divide `loads` into as many parts as there are shares, which say how much each part is
// to have in proportion. The squares of what the parts have, for their shares, add up to the least;
// among equals, the fewest values are handed over. Loads are looked at to a thousandth of their
// sum. There must be cuts enough.
std::vector<size_t> balanced(const std::vector<double>& loads, const std::vector<PossibleCut>& cuts,
                             const std::vector<double>& shares);

}  // namespace nx
