// Selects the table of t-SNE's hot loops for this processor.
#pragma once
#include "base/simd_dispatch.hpp"
#include "tsne/tsne_simd.hpp"

namespace god {

GOD_DECLARE_SIMD_TABLE(TsneSimd, tsne_simd)

}  // namespace god
