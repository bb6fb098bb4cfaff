// What calls of OpenBLAS and of LAPACK's routines share. These routines are column-major and count from 1.
#pragma once
#include <cstddef>
#include <vector>

namespace god {

// Limits OpenBLAS to the calling thread, because callers use threads themselves.
void hold_to_one_thread();

// Throws std::length_error if `value` does not fit into an int.
int blas_int(std::size_t value);

// Throws std::runtime_error, which says that `routine` did not converge, unless `info` is 0.
void check_info(int info, const char* routine);

// Calls a LAPACK routine twice, as call(work, size, info): first with size -1, which returns the size of the
// workspace that it needs, then with this workspace.
template <class Call>
void with_workspace(const char* routine, Call&& call) {
  const int query = -1;
  int info = 0;
  double wanted = 0;
  call(&wanted, &query, &info);
  check_info(info, routine);
  const int size = static_cast<int>(wanted);
  std::vector<double> work(static_cast<std::size_t>(size));
  call(work.data(), &size, &info);
  check_info(info, routine);
}

}  // namespace god
