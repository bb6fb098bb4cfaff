// The repulsive forces of t-SNE by group Barnes-Hut (Barnes 1990, "A modified tree code"; van der Maaten
// 2014).
//
// 32 points that are neighbors in Morton order walk the tree together: a cell whose width is below theta
// times its center's distance from the group's box acts as one charge, other cells are opened. The list of
// what acts on the group is then evaluated for all its points at once, and can be used again for some
// iterations with charges that have moved.
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
  // theta = 0: every point acts on every other one, no approximation.
  Repulsion(std::size_t n, double theta, std::size_t threads);

  // Work comes in jobs that may run at the same time; their number depends on n alone.
  std::size_t jobs() const { return lists_.size(); }
  // The forces sum_j (y_i - y_j) / (1 + |y_i - y_j|^2)^2 on the job's points, into `force` (n x D, rows of
  // the layout). `walk`: the tree's cells are new, make the lists afresh. `clock`: where to
  // add up seconds.
  void run(std::size_t job, std::size_t worker, const CellTree<D>& tree, bool walk, float* force,
           PhaseSeconds* clock = nullptr);
  // Z = sum over i != j of 1 / (1 + |y_i - y_j|^2), once all jobs are done. Added up in job order.
  double normalizer() const;

 private:
  // The interaction lists of a job's groups one after the other. A group whose list would take too much
  // memory keeps none.
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
