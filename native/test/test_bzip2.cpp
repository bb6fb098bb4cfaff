#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "bzip2/bzip2.hpp"
#include "bzip2/inverse_transform.hpp"
#include "bzip2/runs.hpp"

namespace {

using namespace god;

// Made with Python's bz2.compress (libbzip2 1.0.8).
const std::vector<std::uint8_t> kHello = {0x42, 0x5a, 0x68, 0x39, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, 0xa4,
                                          0xd7, 0x96, 0x84, 0x00, 0x00, 0x04, 0x51, 0x80, 0x00, 0x10, 0x40,
                                          0x00, 0x06, 0x44, 0x90, 0x80, 0x20, 0x00, 0x31, 0x06, 0x4c, 0x40,
                                          0xc8, 0x31, 0x16, 0xcb, 0x67, 0x50, 0x90, 0xa0, 0x7a, 0x2f, 0x17,
                                          0x72, 0x45, 0x38, 0x50, 0x90, 0xa4, 0xd7, 0x96, 0x84};
const std::string kHelloText = "hello hello hello world\n";

const std::uint8_t* bytes_of(const std::string& text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

std::string expanded(const std::string& text, std::size_t room) {
  std::string whole;
  std::vector<std::uint8_t> out(room);
  for (RunCursor cursor; cursor.position < text.size();) {
    const std::size_t count = expand_runs(bytes_of(text), text.size(), cursor, out.data(), room);
    whole.append(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(count));
  }
  return whole;
}

// By the definition, bit by bit.
std::uint32_t bitwise_crc(const std::string& bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const char byte : bytes) {
    crc ^= static_cast<std::uint32_t>(static_cast<unsigned char>(byte)) << 24;
    for (int bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc >> 31 ? 0x04c11db7U : 0U);
  }
  return ~crc;
}

struct Decoded {
  Bzip2Batch batch;
  Bzip2Place place;
  std::string text;
};

Decoded decode(const std::vector<std::uint8_t>& bytes, std::size_t size, bool complete) {
  Monitor monitor;
  Decoded result;
  std::vector<std::uint8_t> texts(4 * kMostBlockBytes);
  std::uint32_t lengths[4];
  result.batch =
      decode_blocks(bytes.data(), size, complete, 4, {2, monitor}, result.place, texts.data(), lengths);
  for (std::size_t i = 0; i < result.batch.blocks; i++)
    result.text.append(reinterpret_cast<const char*>(texts.data()) + i * kMostBlockBytes, lengths[i]);
  return result;
}

}  // namespace

TEST_CASE("the inverse transform gives the string whose rotations were sorted") {
  // Burrows and Wheeler (1994), section 4.1: the rotations of abraca.
  const std::string last = "caraab";
  std::uint32_t counts[256] = {};
  for (const char byte : last) counts[static_cast<unsigned char>(byte)]++;
  std::string text(last.size(), ' ');
  InverseTransform(last.size())
      .invert(bytes_of(last), counts, last.size(), 1, reinterpret_cast<std::uint8_t*>(&text[0]));
  CHECK(text == "abraca");
}

TEST_CASE("the checksum is CRC-32/BZIP2") {
  // Its check value in Cook's catalogue of parametrised CRC algorithms.
  const std::string digits = "123456789";
  const Expansion expansion = measure_runs(bytes_of(digits), digits.size());
  CHECK(expansion.crc == 0xfc891918);
  CHECK(expansion.length == 9);
}

TEST_CASE("runs are expanded into any room, and measured") {
  std::string text = std::string("abbbcccc") + '\0' + "cccc" + '\3' + "dd";
  std::string expected = "abbbcccccccccccdd";
  for (int i = 0; i < 40; i++) {
    text += std::string("xxxx") + static_cast<char>(255 - i) +
            std::string(static_cast<std::size_t>(i), 'y').substr(0, 3);
    expected += std::string(static_cast<std::size_t>(4 + 255 - i), 'x') +
                std::string(static_cast<std::size_t>(i), 'y').substr(0, 3);
  }
  CHECK(measure_runs(bytes_of(text), text.size()).length == expected.size());
  CHECK(measure_runs(bytes_of(text), text.size()).crc == bitwise_crc(expected));
  for (const std::size_t room : {255, 256, 300, 1000, 20000}) CHECK(expanded(text, room) == expected);
}

TEST_CASE("a stream is decoded, and cut anywhere it is not damaged but not yet complete") {
  const Decoded whole = decode(kHello, kHello.size(), true);
  CHECK(whole.batch.blocks == 1);
  CHECK(whole.batch.damage == Damage::kNone);
  CHECK(whole.text == kHelloText);
  CHECK(whole.place.bit == kHello.size() * 8);
  CHECK(whole.place.level == 0);
  for (std::size_t size = 0; size < kHello.size(); size++) {
    const Decoded part = decode(kHello, size, false);
    CHECK(part.batch.damage == Damage::kNone);
    CHECK((part.text.empty() || part.text == kHelloText));
    CHECK(part.place.bit <= size * 8);
    const Decoded cut = decode(kHello, size, true);
    if (size > 0 && cut.batch.blocks == 0) CHECK(cut.batch.damage == Damage::kEndsEarly);
  }
}

TEST_CASE("every changed bit is refused, or changes nothing") {
  std::size_t refused = 0;
  for (std::size_t bit = 0; bit < kHello.size() * 8; bit++) {
    std::vector<std::uint8_t> bad = kHello;
    bad[bit / 8] ^= static_cast<std::uint8_t>(0x80 >> bit % 8);
    const Decoded result = decode(bad, bad.size(), true);
    refused += result.batch.damage != Damage::kNone || result.place.level != 0;
    CHECK((result.text.empty() || result.text == kHelloText));
  }
  CHECK(refused > kHello.size() * 6);
}

TEST_CASE("a stopped monitor stops the decoder") {
  Monitor monitor;
  monitor.stop();
  Bzip2Place place;
  std::vector<std::uint8_t> texts(kMostBlockBytes);
  std::uint32_t length = 0;
  CHECK_THROWS_AS(
      decode_blocks(kHello.data(), kHello.size(), true, 1, {2, monitor}, place, texts.data(), &length),
      Cancelled);
}

TEST_CASE("strings in many pieces, and periodic ones, are inverted") {
  // Sorts the rotations plainly, as the definition says.
  const auto transformed = [](const std::string& text, std::string& last) {
    std::vector<std::size_t> rotations(text.size());
    for (std::size_t i = 0; i < text.size(); i++) rotations[i] = i;
    const std::string twice = text + text;
    std::sort(rotations.begin(), rotations.end(), [&](std::size_t a, std::size_t b) {
      const int order = twice.compare(a, text.size(), twice, b, text.size());
      return order != 0 ? order < 0 : a < b;
    });
    for (const std::size_t start : rotations) last += twice[start + text.size() - 1];
    return static_cast<std::size_t>(std::find(rotations.begin(), rotations.end(), std::size_t{0}) -
                                    rotations.begin());
  };
  std::string noise, period;
  for (std::uint32_t i = 0, state = 1; i < 9000; i++) {
    state = state * 1664525 + 1013904223;
    noise += static_cast<char>(state >> 24);
  }
  for (int i = 0; i < 3000; i++) period += "abc";
  for (const std::string& text :
       {noise, period, noise.substr(0, 4097), std::string("a"), noise.substr(0, 2048)}) {
    std::string last, found(text.size(), ' ');
    const std::size_t origin = transformed(text, last);
    std::uint32_t counts[256] = {};
    for (const char byte : last) counts[static_cast<unsigned char>(byte)]++;
    InverseTransform(text.size())
        .invert(bytes_of(last), counts, last.size(), origin, reinterpret_cast<std::uint8_t*>(&found[0]));
    CHECK(found == text);
  }
}
