#include "rewrite/channels.h"

#include <algorithm>

namespace nx {

int64_t Channels::width() const {
  int64_t width = 0;
  for (const Segment& segment : segments) width += segment.width;
  return width;
}

size_t Spaces::add(int64_t width) {
  spaces_.push_back({spaces_.size(), width, ""});
  return spaces_.size() - 1;
}

void Spaces::unite(const std::vector<Segment>& one, const std::vector<Segment>& other) {
  const bool fit =
      std::equal(one.begin(), one.end(), other.begin(), other.end(),
                 [](const Segment& a, const Segment& b) { return a.width == b.width; });
  if (!fit) {
    fix(one, "they are joined in another way elsewhere");
    fix(other, "they are joined in another way elsewhere");
    return;
  }
  for (size_t i = 0; i < one.size(); ++i) {
    const size_t a = root(one[i].space);
    const size_t b = root(other[i].space);
    if (a == b) continue;
    spaces_[b].parent = a;
    if (spaces_[a].reason.empty()) spaces_[a].reason = spaces_[b].reason;
  }
}

void Spaces::fix(const std::vector<Segment>& segments, const std::string& reason) {
  for (const Segment& segment : segments) {
    std::string& known = spaces_[root(segment.space)].reason;
    if (known.empty()) known = reason;
  }
}

size_t Spaces::root(size_t space) const {
  while (spaces_[space].parent != space) space = spaces_[space].parent;
  return space;
}

}  // namespace nx
