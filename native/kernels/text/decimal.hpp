// Numbers in decimal notation.
#pragma once
#include <cstdint>

namespace god {

// Reads the number at `at`, which ends before `end` or at a blank or TAB, and moves `at` behind it. Returns whether it
// is one: a sign or none, digits with a point or none, an exponent or none. It is rounded correctly. A few
// numbers that can be read are refused: see decimal.cpp.
bool parse_decimal(const std::uint8_t*& at, const std::uint8_t* end, double& value);

}  // namespace god
