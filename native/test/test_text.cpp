#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <tuple>
#include <vector>

#include "base/random.hpp"
#include "text/decimal.hpp"
#include "text/vector_lines.hpp"

namespace {

using namespace god;

const std::uint8_t* bytes_of(const std::string& text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

struct Parsed {
  bool number;
  double value;
  std::size_t used;
};

Parsed parse(const std::string& text) {
  const std::uint8_t* at = bytes_of(text);
  double value = -1;
  const bool number = parse_decimal(at, at + text.size(), value);
  return {number, value, static_cast<std::size_t>(at - bytes_of(text))};
}

// Bit for bit, the sign of zero included.
bool same(double a, double b) {
  return std::memcmp(&a, &b, sizeof a) == 0;
}

// Whether the standard library reads numbers of more digits than a double holds; LLVM's does not.
#if defined(__cpp_lib_to_chars)
constexpr bool kReadsLong = true;
#else
constexpr bool kReadsLong = false;
#endif

// The C library rounds correctly.
bool as_library_reads(const std::string& text) {
  const Parsed parsed = parse(text);
  return parsed.number && same(parsed.value, std::strtod(text.c_str(), nullptr));
}

struct Lines {
  ReadLines read;
  std::vector<VectorLine> lines;
  std::vector<double> values;
};

Lines read_lines(const std::string& text, VectorLayout layout, std::size_t most = 20) {
  Monitor monitor;
  Lines result{{}, std::vector<VectorLine>(most), std::vector<double>(most * layout.cols)};
  result.read = read_vector_lines(bytes_of(text), text.size(), layout, most, {1, monitor},
                                  result.lines.data(), result.values.data());
  return result;
}

constexpr VectorLayout kNamed{2, true, false, '\n'};

}  // namespace

TEST_CASE("decimals are read as the C library reads them") {
  for (const char* text : {"0", "-0", "0.0", "-0.0", "1", "-1.5", "+2", ".5", "5.", "0.1", "1e3", "1E-3",
                           "1e+22", "9007199254740992", "0.5e-21"}) {
    INFO(text);
    CHECK(as_library_reads(text));
  }
  const RandomStream random(7, 1);
  char text[64];
  for (std::uint64_t i = 0; i < 20'000; i++) {
    std::snprintf(text, sizeof text, "%.*f", static_cast<int>(i % 8), random.normal(i) * 100);
    CHECK(as_library_reads(text));
    std::snprintf(text, sizeof text, "%.*e", static_cast<int>(i % 9), random.normal(i) * 1e-5);
    CHECK(as_library_reads(text));
  }
}

TEST_CASE("numbers of many digits are read correctly, or refused") {
  for (const char* text : {"9007199254740993e-3", "123456789012345.678e-5", "1.0e-22", "3.4e38"}) {
    INFO(text);
    CHECK(parse(text).number == kReadsLong);
    CHECK((!kReadsLong || as_library_reads(text)));
  }
  const RandomStream random(8, 1);
  char text[64];
  for (std::uint64_t i = 0; i < 20'000; i++) {
    std::snprintf(text, sizeof text, "%.*e", static_cast<int>(14 + i % 12),
                  random.normal(i) * std::pow(10, random.normal(i + 50'000) * 100));
    const Parsed parsed = parse(text);
    if (parsed.number) CHECK(same(parsed.value, std::strtod(text, nullptr)));
  }
}

TEST_CASE("what is not a decimal is refused") {
  for (const char* text : {"", "-", ".", "-.", "e5", "1e", "1e+", "1e5.", "nan", "inf", "0x1", "1,5", "1.2.3",
                           "--1", "1_0", "1f"}) {
    INFO(text);
    CHECK(!parse(text).number);
  }
  CHECK(!parse(std::string(401, '0')).number);
  CHECK(!parse("1e999999").number);
}

TEST_CASE("a number ends at a blank or TAB") {
  CHECK(parse("12 34").used == 2);
  CHECK(parse("1.5\t2").value == 1.5);
}

TEST_CASE("plain rows are read, and others are left") {
  const std::string text = "the 1 -2\n\nof .5   3 \r\nNew York 1 2\n 7 8\nx 1\nx 1 2 3\nx 1 nan\nlast 5 6";
  const Lines found = read_lines(text, kNamed);
  REQUIRE(found.read.lines == 9);
  CHECK(found.read.bytes == text.size());
  const std::vector<bool> plain = {true, false, true, false, true, false, false, false, true};
  for (std::size_t i = 0; i < plain.size(); i++) CHECK((found.lines[i].name_end != kNotPlain) == plain[i]);
  const auto name = [&](std::size_t i) {
    return text.substr(found.lines[i].start, found.lines[i].name_end - found.lines[i].start);
  };
  CHECK(name(0) == "the");
  CHECK(name(2) == "of");
  CHECK(name(4).empty());
  CHECK(name(8) == "last");
  for (const auto& [row, first, second] : {std::tuple{0, 1., -2.}, {2, .5, 3.}, {4, 7., 8.}, {8, 5., 6.}}) {
    CHECK(found.values[static_cast<std::size_t>(2 * row)] == first);
    CHECK(found.values[static_cast<std::size_t>(2 * row + 1)] == second);
  }
}

TEST_CASE(
    "names before a TAB hold blanks; lines can end with carriage returns; values are finite as float32") {
  const Lines tab = read_lines("New York\t1 2\nParis 1 2\n", {2, true, true, '\n'});
  CHECK(tab.lines[0].name_end == 8);
  CHECK(tab.lines[1].name_end == kNotPlain);
  const Lines nameless = read_lines(" 1 2\r3\t4\r", {2, false, false, '\r'});
  REQUIRE(nameless.read.lines == 2);
  CHECK(nameless.values[3] == 4);
  const Lines large = read_lines("x 3.4e38 -3.4e38\nx 3.5e38 1\nx 1e309 1\n", kNamed);
  CHECK(large.lines[0].name_end == (kReadsLong ? 1u : kNotPlain));
  CHECK(large.lines[1].name_end == kNotPlain);
  CHECK(large.lines[2].name_end == kNotPlain);
}

TEST_CASE("reading stops after the most lines, and goes on there") {
  const std::string text = "a 1 2\nb 3 4\nc 5 6\n";
  const Lines two = read_lines(text, kNamed, 2);
  CHECK(two.read.lines == 2);
  const Lines last = read_lines(text.substr(two.read.bytes), kNamed, 2);
  CHECK(last.read.lines == 1);
  CHECK(last.values[1] == 6);
}
