// Measures how long the phases of PCA take.
#pragma once
#include "base/stopwatch.hpp"
#include "base/symmetric_eigen.hpp"

namespace god {

// Wall-clock seconds of `moments`, `eigen` and `projection`. The others are summed over threads, which do them
// side by side.
struct PcaSeconds {
  double moments = 0;
  double exact = 0;    // within `moments`: blocks in float64
  double packing = 0;  // in float32: reading rows, and centering them as they are packed
  double squares = 0;  // the products of what was packed
  double adding = 0;   // adding blocks to the total
  EigenSeconds eigen;
  double projection = 0;
  double centering = 0;  // within `projection`: reading rows
  double products = 0;   // and their products with the components

  // Adds what threads do side by side.
  void add(const PcaSeconds& worker) {
    for (double PcaSeconds::*phase : {&PcaSeconds::exact, &PcaSeconds::packing, &PcaSeconds::squares,
                                      &PcaSeconds::adding, &PcaSeconds::centering, &PcaSeconds::products}) {
      this->*phase += worker.*phase;
    }
  }
};

}  // namespace god
