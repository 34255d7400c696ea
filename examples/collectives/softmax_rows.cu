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

// [softmax]
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

/// One row for each tile or warp.
template <class Group>
LANEFOLD_KERNEL softmax_by_tiles(float const* in, float* out, int rows, int columns) {
  int const thread = static_cast<int>(lf::block_index().x * lf::block_extent().x + lf::thread_index().x);
  int const row = thread / Group::size();
  if (row < rows) softmax_row(Group{}, in + row * columns, out + row * columns, columns);
}

/// Two rows for each warp: one for its first 20 lanes, one for the other 12.
LANEFOLD_KERNEL softmax_by_lane_sets(float const* in, float* out, int columns) {
  lf::lanes const mine = lf::partition(lf::warp{}, lf::lane_id() < 20);
  int const row = static_cast<int>(2 * lf::block_index().x) + (lf::lane_id() < 20 ? 0 : 1);
  softmax_row(mine, in + row * columns, out + row * columns, columns);
}

/// One row for each block.
template <class Block>
LANEFOLD_KERNEL softmax_by_blocks(float const* in, float* out, int columns) {
  LANEFOLD_SHARED(scratch, lf::scratch<Block, float>);
  int const row = static_cast<int>(lf::block_index().x);
  softmax_row(Block{}.with(scratch), in + row * columns, out + row * columns, columns);
}
// [/softmax]

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

template <class Start>
bool run(char const* group, int rows, int columns, Start start) {
  std::vector<float> values(static_cast<std::size_t>(rows * columns));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>((i * 7919) % 4001) / 100.0f - 20.0f;
  lf::device_array<float> in(values), out(values.size());
  if (lf::status done = start(in.data(), out.data()); !done) {
    std::printf("%s\n", done.message());
    return false;
  }
  double const worst = worst_error(values, out.to_host(), columns);
  std::printf("%-10s %3d rows of %4d: worst error %.1e\n", group, rows, columns, worst);
  return worst < 1e-6;
}

int main() try {
  bool right = true;
  right &= run("tile<8>", 100, 20, [](float const* in, float* out) {
    return lf::launch(softmax_by_tiles<lf::tile<8>>, {(100 + 15) / 16, 128}, in, out, 100, 20);
  });
  right &= run("warp", 50, 200, [](float const* in, float* out) {
    return lf::launch(softmax_by_tiles<lf::warp>, {(50 + 3) / 4, 128}, in, out, 50, 200);
  });
  right &= run("lanes", 30, 77,
               [](float const* in, float* out) { return lf::launch(softmax_by_lane_sets, {15, 32}, in, out, 77); });
  right &= run("block<256>", 10, 3000, [](float const* in, float* out) {
    return lf::launch(softmax_by_blocks<lf::block<256>>, {10, 256}, in, out, 3000);
  });
  return right ? 0 : 1;
} catch (std::exception const& error) {
  std::printf("%s\n", error.what());
  return 1;
}
