// The inverse of the transform of Burrows and Wheeler (1994).
#pragma once
#include <cstddef>
#include <cstdint>

namespace god {

// text[0, count): the string whose sorted rotations end with the bytes `last`, and are counted by value in
// `counts`; the rotation at `origin` < count is the string itself. `links` holds `count` numbers of scratch.
// count < 2^24.
void invert_transform(const std::uint8_t* last, const std::uint32_t* counts, std::size_t count,
                      std::size_t origin, std::uint32_t* links, std::uint8_t* text);

}  // namespace god
