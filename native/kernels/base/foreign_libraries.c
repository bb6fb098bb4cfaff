// Functions of other libraries to which OpenBLAS' static archive refers.
//
// Two are of libgfortran, from error reporting and timing routines of LAPACK. Defining them here keeps
// libgfortran and libquadmath out of the addon. Two are of glibc: with them, the archive that was compiled for
// glibc also works with musl.
#include <stdlib.h>
#include <string.h>
#include <time.h>

// Fortran's // operator: dest = a // b, cut or padded with blanks to dest_length.
void _gfortran_concat_string(size_t dest_length, char* dest, size_t a_length, const char* a, size_t b_length,
                             const char* b) {
  size_t from_a = a_length < dest_length ? a_length : dest_length;
  memcpy(dest, a, from_a);
  size_t room = dest_length - from_a;
  size_t from_b = b_length < room ? b_length : room;
  memcpy(dest + from_a, b, from_b);
  memset(dest + from_a + from_b, ' ', room - from_b);
}

// Fortran's ETIME: seconds of processor time of this process, total and split into user and system.
void _gfortran_etime(float values[2], float* result) {
  *result = (float)clock() / (float)CLOCKS_PER_SEC;
  values[0] = *result;
  values[1] = 0;
}

#if defined(__linux__)
// A set of `count` processors (CPU_ALLOC in glibc's sched.h).
void* __sched_cpualloc(size_t count) {
  const size_t bits = 8 * sizeof(unsigned long);
  return calloc((count + bits - 1) / bits, sizeof(unsigned long));
}

void __sched_cpufree(void* set) {
  free(set);
}
#endif
