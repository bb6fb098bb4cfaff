#include "text/decimal.hpp"

#include <charconv>
#include <cstddef>

namespace god {
namespace {

constexpr double kPowersOfTen[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                   1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
constexpr std::int64_t kMostPower = 22;
constexpr std::ptrdiff_t kMostCharacters = 400;
constexpr int kMostDigits = 19;

// The digits of a number as an integer, without the point.
struct Digits {
  std::uint64_t value = 0;  // of up to kMostDigits digits
  int count = 0;

  void read(const std::uint8_t*& at, const std::uint8_t* end) {
    for (; at < end; at++) {
      const unsigned digit = *at - unsigned{'0'};
      if (digit > 9) return;
      value = value * 10 + digit;
      count++;
    }
  }
};

bool read_exponent(const std::uint8_t*& at, const std::uint8_t* end, std::int64_t& exponent) {
  if (at == end || (*at | 0x20) != 'e') return true;
  at++;
  const bool negative = at < end && *at == '-';
  if (at < end && (*at == '-' || *at == '+')) at++;
  Digits digits;
  digits.read(at, end);
  if (digits.count == 0 || digits.count > 5) return false;
  exponent = negative ? -static_cast<std::int64_t>(digits.value) : static_cast<std::int64_t>(digits.value);
  return true;
}

// Numbers with more digits than a double holds, or large exponents. Where the standard library cannot read
// them, JavaScript does.
bool parse_long(const std::uint8_t* begin, const std::uint8_t* end, double& value) {
#if defined(__cpp_lib_to_chars)
  const char* first = reinterpret_cast<const char*>(begin);
  const char* last = reinterpret_cast<const char*>(end);
  const std::from_chars_result read = std::from_chars(first, last, value);
  return read.ec == std::errc() && read.ptr == last;
#else
  static_cast<void>(begin), static_cast<void>(end), static_cast<void>(value);
  return false;
#endif
}

}  // namespace

// An integer below 2^53 and a power of ten up to 10^22 are exact doubles, so one multiplication or division
// rounds correctly (Clinger 1990). Refused are numbers of more than 400 characters, exponents of more than 5
// digits, and what rounds to zero or infinity.
bool parse_decimal(const std::uint8_t*& at, const std::uint8_t* end, double& value) {
  const std::uint8_t* const begin = at;
  const bool negative = at < end && *at == '-';
  if (at < end && (*at == '-' || *at == '+')) at++;
  const std::uint8_t* const number = at;
  Digits digits;
  digits.read(at, end);
  std::int64_t exponent = 0;
  if (at < end && *at == '.') {
    const int whole = digits.count;
    digits.read(++at, end);
    exponent = whole - digits.count;
  }
  std::int64_t written = 0;
  if (digits.count == 0 || !read_exponent(at, end, written)) return false;
  if (at < end && *at != ' ' && *at != '\t') return false;
  if (at - begin > kMostCharacters) return false;
  exponent += written;
  if (digits.count <= kMostDigits && digits.value <= std::uint64_t{1} << 53 && exponent >= -kMostPower &&
      exponent <= kMostPower) {
    const auto exact = static_cast<double>(digits.value);
    value = exponent < 0 ? exact / kPowersOfTen[-exponent] : exact * kPowersOfTen[exponent];
  } else if (!parse_long(number, at, value)) {
    return false;
  }
  if (negative) value = -value;
  return true;
}

}  // namespace god
