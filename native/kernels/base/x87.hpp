// The precision of the x87 registers, in which OpenBLAS computes norms for x86-64 (its nrm2.S).
#pragma once

namespace god {

// Rounds this thread's x87 results to 64 bits. Linux starts threads so, and MinGW its programs, but Windows
// starts threads with 53 bits: the same norm would depend on the thread and the system.
inline void use_full_x87_precision() noexcept {
#if defined(_WIN32) && defined(__x86_64__)
  __asm__ volatile("fninit");
#endif
}

}  // namespace god
