// Fresh memory in pages of 2 MB. The first touch of a page interrupts the thread while the system clears the
// page. A 40 MB result has 10,000 small pages, and this takes longer than computing the result.
#pragma once
#include <cstddef>

namespace god {

// Asks the system to use large pages for memory that was allocated but not yet touched. Nothing happens below
// 4 MB or if the system has no large pages. Contents do not change.
void prefer_large_pages(void* data, std::size_t bytes);

// The same for whole pages of 2 MB, however few. `data` must be at the start of one.
constexpr std::size_t kLargePage = std::size_t{1} << 21;
void ask_for_large_pages(void* data, std::size_t bytes);

// The number of floats in a large page if prefer_large_pages serves an array of `count` floats, else 0.
std::size_t large_page_floats(std::size_t count);

// Copies into fresh memory, in large pages, with as many threads as there are processors.
void copy_into_fresh(const float* from, std::size_t count, float* to);

}  // namespace god
