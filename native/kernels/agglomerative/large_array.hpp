// Memory for hot loops that pass over megabytes: on large pages where the system has them, which spares most
// address translations.
#pragma once
#include <cstddef>
#include <cstdlib>
#include <new>
#include <utility>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace god {

// `count` numbers, not initialised and not touched before they are written: their first touch is by the
// thread that fills them.
template <class T>
class LargeArray {
 public:
  LargeArray() = default;
  explicit LargeArray(std::size_t count) : data_(allocate(count * sizeof(T))) {}
  LargeArray(LargeArray&& other) noexcept : data_(std::exchange(other.data_, nullptr)) {}
  LargeArray& operator=(LargeArray&& other) noexcept {
    std::swap(data_, other.data_);
    return *this;
  }
  ~LargeArray() { std::free(data_); }

  T* data() const { return data_; }

 private:
  static constexpr std::size_t kLarge = std::size_t{1} << 21;
  static constexpr std::size_t kLine = 64;

  static T* allocate(std::size_t bytes) {
    // Small arrays are not worth a large page.
    const std::size_t page = bytes < kLarge / 4 ? kLine : kLarge;
    const std::size_t whole = (bytes / page + 1) * page;
    void* data = std::aligned_alloc(page, whole);
    if (data == nullptr) throw std::bad_alloc();
#if defined(__linux__)
    if (page == kLarge) madvise(data, whole, MADV_HUGEPAGE);
#endif
    return static_cast<T*>(data);
  }

  T* data_ = nullptr;
};

}  // namespace god
