// A hash map from unordered pairs to numbers, of fixed capacity.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace god {

// Open addressing with linear probing; at most half full. Pairs are given as (low, high), low < high.
class PairMap {
 public:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  explicit PairMap(std::size_t most) {
    while (std::size_t{1} << bits_ < 2 * most) bits_++;
    places_.assign(std::size_t{1} << bits_, {kEmpty, 0});
  }

  std::uint32_t find(std::uint32_t low, std::uint32_t high) const {
    const Place& place = places_[place_of(key_of(low, high))];
    return place.key == kEmpty ? kNone : place.value;
  }

  void insert(std::uint32_t low, std::uint32_t high, std::uint32_t value) {
    const std::uint64_t key = key_of(low, high);
    places_[place_of(key)] = {key, value};
  }

  // Moves later entries into the gap, so that searches do not end there (Knuth, "The Art of Computer
  // Programming" 6.4, algorithm R).
  void erase(std::uint32_t low, std::uint32_t high) {
    std::size_t gap = place_of(key_of(low, high));
    for (std::size_t i = next(gap); places_[i].key != kEmpty; i = next(i)) {
      const std::size_t home = home_of(places_[i].key);
      if (((i - home) & mask()) < ((i - gap) & mask())) continue;
      places_[gap] = places_[i];
      gap = i;
    }
    places_[gap].key = kEmpty;
  }

 private:
  struct Place {
    std::uint64_t key;
    std::uint32_t value;
  };
  static constexpr std::uint64_t kEmpty = ~std::uint64_t{0};

  static std::uint64_t key_of(std::uint32_t low, std::uint32_t high) {
    return (std::uint64_t{low} << 32) | high;
  }
  std::size_t mask() const { return places_.size() - 1; }
  std::size_t next(std::size_t i) const { return (i + 1) & mask(); }
  std::size_t home_of(std::uint64_t key) const {
    return static_cast<std::size_t>((key * 0x9E3779B97F4A7C15ULL) >> (64 - bits_));
  }
  // The place of the key, or the free place where it would be inserted.
  std::size_t place_of(std::uint64_t key) const {
    std::size_t i = home_of(key);
    while (places_[i].key != kEmpty && places_[i].key != key) i = next(i);
    return i;
  }

  unsigned bits_ = 4;
  std::vector<Place> places_;
};

}  // namespace god
