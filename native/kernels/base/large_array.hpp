// Memory for hot loops over megabytes, on large pages if the system has them, which avoids most address
// translations.
#pragma once
#include <cstddef>
#include <new>
#include <utility>

#include "base/large_pages.hpp"

namespace god {

// `count` numbers, which are not initialized: the thread that fills a page touches it first.
template <class T>
class LargeArray {
 public:
  LargeArray() = default;
  // Small arrays are not worth a large page.
  explicit LargeArray(std::size_t count)
      : page_(count * sizeof(T) < kLargePage / 4 ? kLine : kLargePage),
        data_(allocate(page_, count * sizeof(T))) {}
  LargeArray(LargeArray&& other) noexcept : page_(other.page_), data_(std::exchange(other.data_, nullptr)) {}
  LargeArray& operator=(LargeArray&& other) noexcept {
    std::swap(page_, other.page_);
    std::swap(data_, other.data_);
    return *this;
  }
  ~LargeArray() { ::operator delete (data_, std::align_val_t{page_}); }

  T* data() const { return data_; }

 private:
  static constexpr std::size_t kLine = 64;

  static T* allocate(std::size_t page, std::size_t bytes) {
    const std::size_t whole = (bytes / page + 1) * page;
    void* data = ::operator new (whole, std::align_val_t{page});
    if (page == kLargePage) ask_for_large_pages(data, whole);
    return static_cast<T*>(data);
  }

  std::size_t page_ = kLine;
  T* data_ = nullptr;
};

}  // namespace god
