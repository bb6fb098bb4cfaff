// Makes OpenBLAS use the kernels that fit the instructions of this processor.
//
// OpenBLAS recognizes processors by family and model. For one that is newer than the library it uses SSE3
// kernels, which take three to six times as long. Here the instructions decide, as for our own kernels.
// OpenBLAS first reads OPENBLAS_CORETYPE from the environment, so the linker replaces every getenv() in the
// addon by the function below (--wrap in CMakeLists.txt). The environment itself stays unchanged, and another
// OpenBLAS in the process is not affected. The order of constructors does not matter either.
#include <cstring>

#include "base/simd_dispatch.hpp"

extern "C" {
// Names that the linker prescribes.
// NOLINTBEGIN
char* __real_getenv(const char* name);
char* __wrap_getenv(const char* name);
// NOLINTEND
}

namespace {

// OpenBLAS' name for its kernels of an instruction set; null to let OpenBLAS choose.
char* kernels_for(god::Isa isa) {
  static char skylakex[] = "SKYLAKEX", haswell[] = "HASWELL", prescott[] = "PRESCOTT";
  switch (isa) {
    case god::Isa::kAvx512:
      return skylakex;
    case god::Isa::kAvx2:
      return haswell;
    default:
      // Without AVX2, OpenBLAS chooses well among older kernels. If GOD_SIMD asks for less than the processor
      // has, OpenBLAS would still choose the best, so name SSE3 kernels.
      return god::supported_isa() == isa ? nullptr : prescott;
  }
}

}  // namespace

// A value that the user has set takes precedence.
extern "C" char* __wrap_getenv(const char* name) {
  char* const value = __real_getenv(name);
  if (value != nullptr || std::strcmp(name, "OPENBLAS_CORETYPE") != 0) return value;
  return kernels_for(god::active_isa());
}
