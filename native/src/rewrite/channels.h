// Channels of inner values: which of them are the same ones, seen at several places.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nx {

// `width` channels in a row, which are those of a space.
struct Segment {
  size_t space;
  int64_t width;
};

// What a dimension of a value is made of.
struct Channels {
  int64_t dim;   // from the end: -1 is the last one, -3 that of images
  int64_t rank;  // of the value; 0 where that is not known
  std::vector<Segment> segments;
  bool is_flattened = false;  // each channel is several elements in a row, how many is not known

  int64_t width() const;
};

// Spaces are sets of channels. They are united where channels of one are added to, or multiplied
// by, those of another: then they can be removed only together. Those that something needs as they
// are, are fixed.
class Spaces {
 public:
  size_t add(int64_t width);

  // Fixes both if the one is not made as the other is.
  void unite(const std::vector<Segment>& one, const std::vector<Segment>& other);

  void fix(const std::vector<Segment>& segments, const std::string& reason);

  // The space that stands for all that are united with this one.
  size_t root(size_t space) const;

  int64_t width(size_t space) const { return spaces_[root(space)].width; }

  // Why the channels must stay; empty if they need not.
  const std::string& reason(size_t space) const { return spaces_[root(space)].reason; }

  size_t size() const { return spaces_.size(); }

 private:
  struct Space {
    size_t parent;
    int64_t width;
    std::string reason;
  };

  std::vector<Space> spaces_;
};

}  // namespace nx
