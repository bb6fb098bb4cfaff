// PCA of data with more columns than rows.
#pragma once
#include "pca/pca.hpp"

namespace god {

// Component i is (x - mean)^T u_i / |...|, where u_i is an eigenvector of the n x n Gram matrix of the
// centered rows. Float64 throughout.
void pca_fit_wide(ConstMatrix32 x, Run run, PcaOutputs out);

}  // namespace god
