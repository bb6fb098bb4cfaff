// The repulsive forces of t-SNE by group Barnes-Hut (Barnes 1990, "A modified tree code"; van der Maaten
// 2014).
//
// Groups of 32 points, consecutive in Morton order, walk the tree together. A cell whose width is below theta
// times the distance of its center of mass from the group's box acts as one charge; other cells are opened.
// The resulting list of charges is evaluated for all points of the group at once, and is reused for some
// iterations while the charges move.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tsne/phases.hpp"
#include "tsne/tree.hpp"

namespace god {

template <int D>
class Repulsion {
 public:
  // theta = 0: exact, every point acts on every other one.
  Repulsion(std::size_t n, double theta, std::size_t threads);

  // Work comes in jobs that may run at the same time; their number depends on n alone.
  std::size_t jobs() const { return lists_.size(); }
  // Writes the forces sum_j (y_i - y_j) / (1 + |y_i - y_j|^2)^2 on the job's points to their rows of `force`
  // (n x D, rows as in the layout). Set `new_cells` after the tree was built anew: the job then makes new
  // lists. Seconds are added to `clock`.
  void run(std::size_t job, std::size_t worker, const CellTree<D>& tree, bool new_cells, float* force,
           PhaseSeconds* clock = nullptr);
  // Z = sum over i != j of 1 / (1 + |y_i - y_j|^2), added up in job order. Valid after all jobs have run.
  double normalizer() const;

 private:
  // The interaction lists of a job's groups, one after the other. A list that is too long is not kept, and
  // its group walks the tree in every iteration.
  struct Lists {
    std::vector<std::uint32_t> charges;
    std::vector<std::size_t> ends;
    std::vector<bool> kept;
  };
  struct Scratch {
    std::vector<std::uint32_t> list;
    std::vector<std::uint32_t> stack;
  };

  void walk(const CellTree<D>& tree, std::size_t begin, std::size_t end, Scratch& scratch) const;
  double evaluate(const CellTree<D>& tree, std::size_t begin, std::size_t end, const std::uint32_t* list,
                  std::size_t count, float* force) const;
  double evaluate_all(const CellTree<D>& tree, std::size_t begin, std::size_t end, float* force) const;

  std::size_t n_;
  float squared_theta_;
  std::vector<Lists> lists_;
  std::vector<double> sums_;
  std::vector<Scratch> scratch_;
};

extern template class Repulsion<1>;
extern template class Repulsion<2>;
extern template class Repulsion<3>;

}  // namespace god
