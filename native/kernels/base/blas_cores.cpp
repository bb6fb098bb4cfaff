// Has OpenBLAS take the kernels that fit the instructions of this processor.
//
// OpenBLAS knows processors by family and model. One that is newer than the library gets SSE3 kernels, which
// take three to six times as long. Here the instructions decide, as they do for our own kernels. OpenBLAS
// asks the environment for OPENBLAS_CORETYPE first, so the linker turns every getenv() in the addon into the
// function below (--wrap in CMakeLists.txt). The environment itself is not written, and another OpenBLAS in
// the process does not notice. The order of constructors does not matter either.
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

// OpenBLAS' name of its kernels for an instruction set; null where its own choice serves as well.
char* kernels_for(god::Isa isa) {
  static char skylakex[] = "SKYLAKEX", haswell[] = "HASWELL", prescott[] = "PRESCOTT";
  switch (isa) {
    case god::Isa::kAvx512:
      return skylakex;
    case god::Isa::kAvx2:
      return haswell;
    default:
      // Without AVX2 there is a choice among older kernels, which OpenBLAS makes well. When GOD_SIMD asks for
      // less than the processor has, that choice would be too good.
      return god::supported_isa() == isa ? nullptr : prescott;
  }
}

}  // namespace

// A value that the user has set wins.
extern "C" char* __wrap_getenv(const char* name) {
  char* const value = __real_getenv(name);
  if (value != nullptr || std::strcmp(name, "OPENBLAS_CORETYPE") != 0) return value;
  return kernels_for(god::active_isa());
}
