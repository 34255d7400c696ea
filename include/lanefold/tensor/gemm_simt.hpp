// SPDX-FileCopyrightText: The lanefold authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

// Host side of gemm_simt.cuh. Not included under NVRTC.

#include <lanefold/tensor/gemm_plan.hpp>
#include <lanefold/tensor/gemm_simt.cuh>

namespace lanefold {
inline namespace LANEFOLD_BACKEND {
namespace tensor {
namespace detail {

/// From the largest to the smallest; all give the same bits.
using simt_tiles = tile_list<simt_tile<128, 128, 8, 8, 2>, simt_tile<64, 64, 8, 4, 4>, simt_tile<32, 32, 4, 4, 4>>;

template <class Tile>
tile_order simt_order(int m, int n) {
  return {m / Tile::m + (m % Tile::m != 0), n / Tile::n + (n % Tile::n != 0)};
}

/// The tile with which the busiest multiprocessor issues the least: of a term, a fma for each element, and a load for each
/// four elements of an operand that a thread takes.
inline gemm_plan plan_simt(int m, int n, int batches, int multiprocessors) {
  gemm_plan best{gemm_way::simt};
  long long least = -1;
  simt_tiles::each([&](int number, auto tile) {
    using Tile = decltype(tile);
    tile_order const tiles = simt_order<Tile>(m, n);
    long long const rounds = (1ll * batches * tiles.rows * tiles.columns + multiprocessors - 1) / multiprocessors;
    long long const issued = rounds * Tile::threads * (Tile::rows * Tile::columns + (Tile::rows + Tile::columns) / 4);
    if (least >= 0 && issued >= least) return;
    least = issued;
    best.tile = number;
  });
  return best;
}

template <class Tile, bool AlongA, bool AlongB, int Bytes, class C, class Epilogue>
status start_gemm_simt(queue& q, operand<float> const& a, operand<float> const& b, int k,
                       output<C, Epilogue> const& out, bool programmatic_dependent_launch) {
  tile_order const tiles = simt_order<Tile>(out.m, out.columns());
  launch_shape shape{{static_cast<unsigned>(tiles.count()), static_cast<unsigned>(out.batches)},
                     static_cast<unsigned>(Tile::threads)};
  shape.dynamic_shared_bytes = simt_memory<Tile>::bytes;
  shape.programmatic_dependent_launch = programmatic_dependent_launch;
  return launch(q, gemm_simt<Tile, AlongA, AlongB, Bytes, C, Epilogue>, shape, a, b, k, tiles, out);
}

/// C by rows. What compute::f32 does.
template <bool AlongA, bool AlongB, class C, class Epilogue>
status run_simt(queue& q, operand<float> const& a, operand<float> const& b, int k, output<C, Epilogue> const& out,
                gemm_plan plan) {
  backend::device_facts device;
  if (status failed = backend::ask_device(&device); !failed) return failed;
  if (plan.way == gemm_way::automatic) plan = plan_simt(out.m, out.columns(), out.batches, device.multiprocessors);
  if (plan.way != gemm_way::simt || plan.splits != 1 || plan.tile < 0 || plan.tile >= simt_tiles::count)
    return status::failure(
        status_kind::bad_argument,
        "lanefold: gemm: with compute::f32 plan.way is automatic or simt (here it is %d), plan.splits "
        "1 (%d) and plan.tile 0..%d (%d)",
        static_cast<int>(plan.way), plan.splits, simt_tiles::count - 1, plan.tile);
  // Elements along k are copied one by one, whatever their alignment.
  bool const by_words = (AlongA || copy_bytes(a) == 16) && (AlongB || copy_bytes(b) == 16);
  return simt_tiles::pick(plan.tile, [&](auto tile) {
    using Tile = decltype(tile);
    if constexpr (!AlongA || !AlongB)
      if (by_words) return start_gemm_simt<Tile, AlongA, AlongB, 16>(q, a, b, k, out, device.sm >= 90);
    return start_gemm_simt<Tile, AlongA, AlongB, 4>(q, a, b, k, out, device.sm >= 90);
  });
}

}  // namespace detail
}  // namespace tensor
}  // namespace LANEFOLD_BACKEND
}  // namespace lanefold
