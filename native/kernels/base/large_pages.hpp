// Fresh memory in pages of 2 MB. The first touch of a page costs an interruption and a clearing of it: of the
// 10,000 small pages of a 40 MB result that takes longer than computing it.
#pragma once
#include <cstddef>

namespace god {

// Asks the system to give memory that was allocated and not yet touched in large pages. A wish: nothing
// happens below 4 MB, nor where the system has no such pages. Contents stay as they are.
void prefer_large_pages(void* data, std::size_t bytes);

// The same for whole pages of 2 MB, however few: `data` is at the beginning of one.
constexpr std::size_t kLargePage = std::size_t{1} << 21;
void ask_for_large_pages(void* data, std::size_t bytes);

// The floats of one large page, when an array of `count` floats may consist of such, else 0.
std::size_t large_page_floats(std::size_t count);

// Copies into fresh memory, in large pages, by as many threads as there are processors.
void copy_into_fresh(const float* from, std::size_t count, float* to);

}  // namespace god
