// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
// Softmax over the rows of a matrix. One function serves rows of a tile, a warp, a lane set or a block.

#include <lanefold/host/device_array.hpp>
#include <lanefold/lanefold.cuh>

#include <cmath>
#include <cstdio>
#include <exception>
#include <vector>

namespace lf = lanefold;

// [softmax-row]
/// Each rank of the group takes the columns rank, rank + size, ... The group is all that knows who takes part, and which
/// shared memory they have.
template <class Group>
LANEFOLD_FN void softmax_row(Group group, float const* in, float* out, int columns) {
  float greatest = lf::identity_of<lf::maximum, float>();
  for (int c = group.rank(); c < columns; c += group.size()) greatest = lf::maximum{}(greatest, in[c]);
  greatest = lf::max(group, greatest);

  float total = 0;
  for (int c = group.rank(); c < columns; c += group.size()) total += expf(in[c] - greatest);
  total = lf::sum(group, total);

  for (int c = group.rank(); c < columns; c += group.size()) out[c] = expf(in[c] - greatest) / total;
}
// [/softmax-row]

/// One row for each tile or warp.
template <class Group>
LANEFOLD_KERNEL softmax_by_tiles(lf::matrix_view<float const> in, lf::matrix_view<float> out) {
  int const thread = static_cast<int>(lf::block_index().x * lf::block_extent().x + lf::thread_index().x);
  int const row = thread / Group::size();
  if (row < in.rows()) softmax_row(Group{}, in.row(row), out.row(row), in.columns());
}

/// Two rows for each warp: one for its first 20 lanes, one for the other 12.
LANEFOLD_KERNEL softmax_by_lane_sets(lf::matrix_view<float const> in, lf::matrix_view<float> out) {
  bool const first = lf::lane_id() < 20;
  int const row = static_cast<int>(2 * lf::block_index().x) + (first ? 0 : 1);
  softmax_row(lf::partition(lf::warp{}, first), in.row(row), out.row(row), in.columns());
}

/// One row for each block.
template <class Block>
LANEFOLD_KERNEL softmax_by_blocks(lf::matrix_view<float const> in, lf::matrix_view<float> out) {
  LANEFOLD_SHARED(scratch, lf::scratch<Block, float>);
  int const row = static_cast<int>(lf::block_index().x);
  softmax_row(Block{}.with(scratch), in.row(row), out.row(row), in.columns());
}

/// The greatest difference from softmax in double precision, over all elements.
double worst_error(std::vector<float> const& in, std::vector<float> const& out, int columns) {
  double worst = 0;
  for (std::size_t row = 0; row < in.size(); row += static_cast<std::size_t>(columns)) {
    double greatest = in[row], total = 0;
    for (int c = 0; c < columns; ++c) greatest = std::fmax(greatest, in[row + static_cast<std::size_t>(c)]);
    for (int c = 0; c < columns; ++c) total += std::exp(in[row + static_cast<std::size_t>(c)] - greatest);
    for (std::size_t i = row; i < row + static_cast<std::size_t>(columns); ++i) {
      worst = std::fmax(worst, std::fabs(std::exp(in[i] - greatest) / total - static_cast<double>(out[i])));
    }
  }
  return worst;
}

using softmax_kernel = void (*)(lf::matrix_view<float const>, lf::matrix_view<float>);

bool run(char const* group, softmax_kernel softmax, lf::launch_shape const& shape, int rows, int columns) {
  std::vector<float> values(static_cast<std::size_t>(rows * columns));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>((i * 7919) % 4001) / 100.0f - 20.0f;
  lf::device_array<float> const in(values);
  lf::device_array<float> out(values.size());
  lf::error::unless_ok(lf::launch(softmax, shape, lf::matrix_view<float const>(in.data(), rows, columns),
                                  lf::matrix_view<float>(out.data(), rows, columns)));
  double const worst = worst_error(values, out.to_host(), columns);
  std::printf("%-10s %3d rows of %4d: worst error %.1e\n", group, rows, columns, worst);
  return worst < 1e-6;
}

int main() try {
  bool right = run("tile<8>", softmax_by_tiles<lf::tile<8>>, {(100 + 15) / 16, 128}, 100, 20);
  right &= run("warp", softmax_by_tiles<lf::warp>, {(50 + 3) / 4, 128}, 50, 200);
  right &= run("lanes", softmax_by_lane_sets, {15, 32}, 30, 77);
  right &= run("block<256>", softmax_by_blocks<lf::block<256>>, {10, 256}, 10, 3000);
  return right ? 0 : 1;
} catch (std::exception const& error) {
  std::printf("%s\n", error.what());
  return 1;
}
