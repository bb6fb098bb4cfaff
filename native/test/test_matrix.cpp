#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/matrix.hpp"

namespace {

std::string complaint(const std::vector<float>& data, std::size_t cols, std::size_t threads) {
  try {
    god::check_finite({data.data(), data.size() / cols, cols}, "X", threads);
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "";
}

const float kNan = std::numeric_limits<float>::quiet_NaN();
const float kInf = std::numeric_limits<float>::infinity();

}  // namespace

TEST_CASE("views address rows and convert to read-only views") {
  float data[] = {1, 2, 3, 4, 5, 6};
  const god::Matrix32 x{data, 2, 3};
  const god::ConstMatrix32 y = x;
  CHECK(y.row(1)[0] == 4);
  CHECK(y.size() == 6);
}

TEST_CASE("finite matrices pass, also empty ones, extreme values and subnormal numbers") {
  CHECK(complaint({}, 1, 2) == "");
  CHECK(complaint({3.4e38F, -3.4e38F, 1e-45F, -0.0F}, 2, 2) == "");
  CHECK(complaint(std::vector<float>(500000, 3.4e38F), 100, 3) == "");
}

TEST_CASE("the error has the cell of the first value that is not finite, or none if all are finite") {
  std::vector<float> data(40, 1.0F);
  data[25] = -kInf;
  std::optional<god::BadRows::Cell> cell;
  try {
    god::check_finite({data.data(), 4, 10}, "X", 2);
  } catch (const god::BadRows& e) {
    cell = e.cell;
  }
  REQUIRE(cell.has_value());
  CHECK((cell->row == 2 && cell->column == 5 && cell->value == -kInf));
  const float fine = 1;
  const float overflow = kInf;
  try {
    god::check_finite_output({&overflow, 1, 1}, {&fine, 1, 1}, "X");
  } catch (const god::BadRows& e) {
    cell = e.cell;
  }
  CHECK(!cell.has_value());
}

TEST_CASE("the error names row and column of the first value that is not finite, for any number of threads") {
  for (std::size_t threads : {1, 2, 3, 8}) {
    for (std::size_t at : {std::size_t{0}, std::size_t{65535}, std::size_t{65536}, std::size_t{399999}}) {
      for (float bad : {kNan, kInf, -kInf}) {
        std::vector<float> data(400000, 1.0F);
        data[at] = bad;
        data[399999] = kNan;
        const std::string text = complaint(data, 100, threads);
        CHECK(text.find("row " + std::to_string(at / 100) + ", column " + std::to_string(at % 100) + " is") !=
              std::string::npos);
      }
    }
  }
}
