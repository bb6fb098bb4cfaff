// Makes OpenBLAS use the kernels that fit the instructions of this processor.
//
// OpenBLAS recognizes processors by family and model. For one that is newer than the library it uses SSE3
// kernels, which take three to six times as long. Here the instructions decide, as for our own kernels.
// OpenBLAS first reads OPENBLAS_CORETYPE from the environment, so the linker replaces every getenv() in the
// addon by the function below (--wrap in CMakeLists.txt). The environment itself stays unchanged, and another
// OpenBLAS in the process is not affected. The order of constructors does not matter either.
#include <cstring>

#include "base/simd_dispatch.hpp"

#if defined(_WIN32)
#define NOMINMAX
#include <windows.h>
#endif

extern "C" {
// Names that the linker prescribes.
// NOLINTBEGIN
#if defined(_WIN32)
char* getenv(const char* name);
#else
char* __real_getenv(const char* name);
char* __wrap_getenv(const char* name);
#endif
// NOLINTEND
}

namespace {

// OpenBLAS' name for its kernels of an instruction set; null to let OpenBLAS choose.
char* kernels_for(god::Isa isa) {
  [[maybe_unused]] static char skylakex[] = "SKYLAKEX";
  static char haswell[] = "HASWELL", prescott[] = "PRESCOTT";
  switch (isa) {
    case god::Isa::kAvx512:
#if defined(_WIN32)
      // Clang miscompiles the AVX-512 kernels of OpenBLAS before 0.3.33 for Windows: PCA of 256 columns gives NaN.
      return haswell;
#else
      return skylakex;
#endif
    case god::Isa::kAvx2:
      return haswell;
    default:
      // Without AVX2, OpenBLAS chooses well among older kernels. If GOD_SIMD asks for less than the processor
      // has, OpenBLAS would still choose the best, so name SSE3 kernels.
      return god::supported_isa() == isa ? nullptr : prescott;
  }
}

// The value of a variable of the environment, which the user has set, or null.
char* value_of(const char* name) {
#if defined(_WIN32)
  thread_local char value[256];
  const DWORD length = GetEnvironmentVariableA(name, value, sizeof value);
  return length > 0 && length < sizeof value ? value : nullptr;
#else
  return __real_getenv(name);
#endif
}

}  // namespace

// A value that the user has set takes precedence. Zig's linker for Windows does not know --wrap: there this
// function takes the place of the C library's, because the linker finds it first.
#if defined(_WIN32)
extern "C" char* getenv(const char* name) {
#else
extern "C" char* __wrap_getenv(const char* name) {
#endif
  char* const value = value_of(name);
  if (value != nullptr || std::strcmp(name, "OPENBLAS_CORETYPE") != 0) return value;
  return kernels_for(god::active_isa());
}
